//! Host functions of any state in a store of no state.
//!
//! wasmi wants its host functions `'static`, and with them the type of the store's data. A firmware's
//! state need not be. So the store holds a slot, in which the host lies for as long as a call lasts.

#[cfg(feature = "out-of-memory")]
pub(super) use super::growth::Growth as Limiter;
#[cfg(not(feature = "out-of-memory"))]
pub(super) use ::wasmi::StoreLimits as Limiter;
use ::wasmi::{Memory, Store};
use aingle_wasm_host_core::{Host, Watch};
use core::ptr::NonNull;

/// What the store holds.
pub(super) struct Slot {
    pub(super) limits: Limiter,
    /// The memory that the instance exports, once it is known.
    pub(super) memory: Option<Memory>,
    access: Option<HostAccess>,
}

/// A host, its type forgotten, and the function that remembers it.
#[derive(Clone, Copy)]
struct HostAccess {
    host: NonNull<()>,
    /// To be called with the `host` beside it, while that is borrowed.
    dispatch: unsafe fn(NonNull<()>, &mut [u8], u32, u32, u32) -> u64,
    watch: Option<NonNull<Watch>>,
}

// SAFETY: a pointer is in the slot only while `with_host` runs, which borrows both store and host, on one
// thread, for as long.
unsafe impl Send for Slot {}
// SAFETY: nothing can be done with the pointer through a shared reference.
unsafe impl Sync for Slot {}

impl Slot {
    pub(super) fn new(limits: Limiter) -> Self {
        Self { limits, memory: None, access: None }
    }

    /// Answers the guest's call of an import; 0 when no host is borrowed.
    pub(super) fn answer(&mut self, memory: &mut [u8], import: u32, ptr: u32, len: u32) -> u64 {
        let Some(HostAccess { host, dispatch, .. }) = self.access else { return 0 };
        // SAFETY: `with_host` put both here, belonging together, and takes them out before its borrow of
        // the host ends. The host is used by nobody else meanwhile: `with_host` holds the only borrow, and
        // a host function, which gets neither store nor host, cannot come here again.
        unsafe { dispatch(host, memory, import, ptr, len) }
    }
}

impl Slot {
    /// Whether the running call is to end.
    pub(super) fn is_stopped(&self) -> bool {
        // SAFETY: as in `answer`; the watch is borrowed, shared, for as long as it is in the slot.
        let watch = self.access.and_then(|access| access.watch).map(|watch| unsafe { watch.as_ref() });
        watch.is_some_and(|watch| watch.stopped().is_some())
    }
}

/// Runs the guest with the host at hand.
pub(super) fn with_host<S, R>(
    store: &mut Store<Slot>,
    host: &mut Host<S>,
    watch: Option<&Watch>,
    run: impl FnOnce(&mut Store<Slot>) -> R,
) -> R {
    /// Takes the host back, also when something panics.
    struct TakeBack<'s>(&'s mut Store<Slot>);

    impl Drop for TakeBack<'_> {
        fn drop(&mut self) {
            self.0.data_mut().access = None;
        }
    }

    let (host, watch) = (NonNull::from(host).cast(), watch.map(NonNull::from));
    store.data_mut().access = Some(HostAccess { host, dispatch: dispatch::<S>, watch });
    let store = TakeBack(store);
    run(store.0)
}

/// # Safety
/// `host` is a `Host<S>` to which this call has the only access.
unsafe fn dispatch<S>(host: NonNull<()>, memory: &mut [u8], import: u32, ptr: u32, len: u32) -> u64 {
    // SAFETY: the caller guarantees the type and the access.
    let host = unsafe { host.cast::<Host<S>>().as_mut() };
    host.dispatch(memory, import, ptr, len)
}
