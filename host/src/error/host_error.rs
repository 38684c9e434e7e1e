//! An error of one word.

use super::kind::HostErrorKind;
use std::fmt;

/// Why something failed.
///
/// It is as large as a pointer. [`HostError::kind`] has the facts; the rest says what may be done
/// next.
pub struct HostError(Box<Inner>);

struct Inner {
    doing: Doing,
    kind: HostErrorKind,
    instance_usable: bool,
    retryable: bool,
}

/// What was being done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doing {
    Configure,
    Budget,
    Compile(String),
    Instantiate(String),
    Start,
    Call(String),
    Handle(String),
    Register(String),
    Take,
}

impl HostError {
    pub(crate) fn new(doing: Doing, mut kind: HostErrorKind) -> Self {
        kind.shorten();
        let retryable = kind.retryable();
        Self(Box::new(Inner { doing, kind, instance_usable: true, retryable }))
    }

    /// An error of a guest, which may have left its instance unusable.
    pub(crate) fn of_guest(
        doing: Doing,
        mut kind: HostErrorKind,
        error: &aingle_wasm_host_core::Error,
    ) -> Self {
        kind.shorten();
        let (instance_usable, retryable) = (error.instance_usable(), error.retryable());
        Self(Box::new(Inner { doing, kind, instance_usable, retryable }))
    }

    /// What happened, with its facts.
    #[must_use]
    pub fn kind(&self) -> &HostErrorKind {
        &self.0.kind
    }

    /// What happened, with its facts, taken out.
    #[must_use]
    pub fn into_kind(self) -> HostErrorKind {
        self.0.kind
    }

    /// Whether the instance may be called again. True where no instance was involved.
    #[must_use]
    pub fn instance_usable(&self) -> bool {
        self.0.instance_usable
    }

    /// Whether the same may succeed on a fresh instance, or later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = &self.0.kind;
        match &self.0.doing {
            Doing::Configure => write!(f, "configuring the engine failed: {kind}"),
            Doing::Budget => write!(f, "setting the budget failed: {kind}"),
            Doing::Compile(name) if name.is_empty() => write!(f, "compiling failed: {kind}"),
            Doing::Compile(name) => write!(f, "compiling `{name}` failed: {kind}"),
            Doing::Instantiate(name) if name.is_empty() => write!(f, "instantiating failed: {kind}"),
            Doing::Instantiate(name) => write!(f, "instantiating `{name}` failed: {kind}"),
            Doing::Start => write!(f, "starting the guest failed: {kind}"),
            Doing::Call(name) => write!(f, "guest call `{name}` failed: {kind}"),
            Doing::Handle(name) => write!(f, "taking a handle of `{name}` failed: {kind}"),
            Doing::Register(name) => write!(f, "registering `{name}` failed: {kind}"),
            Doing::Take => write!(f, "taking an instance failed: {kind}"),
        }
    }
}

impl fmt::Debug for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostError")
            .field("doing", &self.0.doing)
            .field("kind", &self.0.kind)
            .field("instance_usable", &self.0.instance_usable)
            .field("retryable", &self.0.retryable)
            .finish()
    }
}

impl std::error::Error for HostError {
    /// Returns the error of another part that is the reason, with its own type, if there is one. [`HostError`]'s own text
    /// says it as well.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.kind.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_word() {
        assert_eq!(size_of::<HostError>(), size_of::<usize>());
        assert_eq!(size_of::<Result<(), HostError>>(), size_of::<usize>());
    }

    #[test]
    fn an_error_reads_as_one_lower_case_sentence() {
        let kind = HostErrorKind::OutOfFuel { limit: 1_000_000, used: 1_000_004 };
        let error = HostError::new(Doing::Call("resize".into()), kind);
        let text = "guest call `resize` failed: out of fuel (limit 1000000, used 1000004)";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn an_error_of_another_part_is_the_source_with_its_type() {
        use aingle_wasm_host_core::{LoadError, Trap};
        use std::error::Error as _;
        let of = |kind| HostError::new(Doing::Start, kind);
        let load = of(HostErrorKind::Load(LoadError::NoLimits));
        assert!(load.source().is_some_and(|source| source.is::<LoadError>()));
        let trap = of(HostErrorKind::Trap(Trap::Unreachable));
        assert!(trap.source().is_some_and(|source| source.is::<Trap>()));
        assert!(of(HostErrorKind::Poisoned).source().is_none());
    }
}
