//! Compares a manifest with a policy.

use crate::key::{Key, Role};
use crate::kind::Kind;
use crate::manifest::Manifest;
use crate::policy::Policy;
use crate::refusal::Refusal;

/// A manifest that a policy accepts, if its signature and its payload are right: [`Verifier`](crate::Verifier) finds
/// out.
#[derive(Debug, Clone, Copy)]
pub struct Admitted<'a> {
    pub(crate) manifest: Manifest<'a>,
    pub(crate) key: Option<&'a Key>,
}

impl<'a> Admitted<'a> {
    /// Returns the manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest<'a> {
        &self.manifest
    }

    /// Returns the key that the signature has to be of. `None` if there is no signature.
    #[must_use]
    pub fn key(&self) -> Option<&'a Key> {
        self.key
    }

    /// Returns the same with another of the policy's keys: versions 1 and 2 do not say which one signed. It keeps its key
    /// if the manifest says it, or if the other is revoked or has another role.
    #[must_use]
    pub fn with_key(self, key: &'a Key) -> Self {
        let usable = self.manifest.fields().key_id.is_none()
            && !key.is_revoked()
            && self.key.is_some_and(|own| own.role() == key.role());
        Self { key: if usable { Some(key) } else { self.key }, ..self }
    }
}

/// One check. The number is the lowest sequence that is accepted, if any is.
type Check = fn(&Policy<'_>, &Manifest<'_>, Option<u32>) -> Option<Refusal>;

/// In the order in which a device finds them.
const CHECKS: [Check; 11] =
    [version, unsigned, key, rollback, target, engine, abi, payload_len, module_len, memory, stack];

impl<'p> Policy<'p> {
    /// Compares a manifest with the policy, without a look at signature and payload. Touches no flash.
    ///
    /// `high_water` is the highest sequence that the device has accepted of this module, or of key lists; `None` if
    /// it has none. The same sequence again is accepted for modules, and refused for key lists.
    ///
    /// # Errors
    /// The first [`Refusal`]. [`Policy::refusals`] has all.
    #[inline(never)]
    pub fn check<'a>(&self, manifest: &Manifest<'a>, high_water: Option<u32>) -> Result<Admitted<'a>, Refusal>
    where
        'p: 'a,
    {
        match self.refusals(manifest, high_water).next() {
            Some(refusal) => Err(refusal),
            None => Ok(Admitted {
                manifest: *manifest,
                key: manifest.signature().and_then(|_| self.signer(manifest).ok()),
            }),
        }
    }

    /// Returns every reason for which the policy refuses a manifest, apart from its signature and its payload.
    pub fn refusals(
        &self,
        manifest: &Manifest<'_>,
        high_water: Option<u32>,
    ) -> impl Iterator<Item = Refusal> {
        let mark = high_water.unwrap_or(0);
        // A list of keys is behind the last one, and has at least 1. Behind the highest number there is none.
        let least = match manifest.fields().kind {
            Kind::KeyList => mark.checked_add(1),
            Kind::Module | Kind::Delta => Some(mark),
        };
        CHECKS.iter().filter_map(move |check| check(self, manifest, least))
    }

    /// Returns the key that has to have signed a manifest, or the first of those that may have.
    fn signer(&self, manifest: &Manifest<'_>) -> Result<&'p Key, Refusal> {
        let expected = match manifest.fields().kind {
            Kind::KeyList => Role::Root,
            Kind::Module | Kind::Delta => Role::Module,
        };
        let Some(id) = manifest.fields().key_id else {
            let usable = |key: &&Key| key.role() == expected && !key.is_revoked();
            return self.keys.iter().find(usable).ok_or(Refusal::UnknownKey { id: None });
        };
        let key = self.key(id).ok_or(Refusal::UnknownKey { id: Some(id) })?;
        match key.role() {
            _ if key.is_revoked() => Err(Refusal::RevokedKey { id }),
            found if found != expected => Err(Refusal::KeyRole { id, expected, found }),
            _ => Ok(key),
        }
    }
}

fn version(policy: &Policy<'_>, manifest: &Manifest<'_>, _: Option<u32>) -> Option<Refusal> {
    let (least, found) = (policy.least_version, manifest.version());
    (found < least).then_some(Refusal::Version { least, found })
}

fn unsigned(policy: &Policy<'_>, manifest: &Manifest<'_>, _: Option<u32>) -> Option<Refusal> {
    let required =
        policy.signature || manifest.demands_signature() || manifest.fields().kind == Kind::KeyList;
    (required && manifest.signature().is_none()).then_some(Refusal::Unsigned)
}

/// A signature that cannot be verified is refused, even where none is required.
fn key(policy: &Policy<'_>, manifest: &Manifest<'_>, _: Option<u32>) -> Option<Refusal> {
    manifest.signature().and_then(|_| policy.signer(manifest).err())
}

fn rollback(_: &Policy<'_>, manifest: &Manifest<'_>, least: Option<u32>) -> Option<Refusal> {
    let found = manifest.fields().sequence;
    let is_enough = least.is_some_and(|least| found >= least);
    (!is_enough).then_some(Refusal::Rollback { least: least.unwrap_or(u32::MAX), found })
}

fn target(policy: &Policy<'_>, manifest: &Manifest<'_>, _: Option<u32>) -> Option<Refusal> {
    let target = manifest.fields().target;
    (target.is_some() && target != policy.target).then_some(Refusal::Target)
}

fn engine(policy: &Policy<'_>, manifest: &Manifest<'_>, _: Option<u32>) -> Option<Refusal> {
    let fields = manifest.fields();
    (fields.kind != Kind::KeyList && !policy.runs(fields.engine)).then_some(Refusal::Engine)
}

fn abi(policy: &Policy<'_>, manifest: &Manifest<'_>, _: Option<u32>) -> Option<Refusal> {
    let (least, most) = policy.abi;
    let found = manifest.fields().abi?;
    (!(least..=most).contains(&found)).then_some(Refusal::Abi { least, most, found })
}

fn payload_len(policy: &Policy<'_>, manifest: &Manifest<'_>, _: Option<u32>) -> Option<Refusal> {
    too_long(policy, manifest.fields().payload_len)
}

fn module_len(policy: &Policy<'_>, manifest: &Manifest<'_>, _: Option<u32>) -> Option<Refusal> {
    // Of a module it is the payload's length, which was looked at.
    too_long(policy, manifest.fields().delta?.module_len)
}

fn too_long(policy: &Policy<'_>, found: u32) -> Option<Refusal> {
    let limit = policy.max_module?;
    (found > limit).then_some(Refusal::TooLong { limit, found })
}

fn memory(policy: &Policy<'_>, manifest: &Manifest<'_>, _: Option<u32>) -> Option<Refusal> {
    let (limit, found) = (policy.max_memory?, manifest.fields().requirements.memory?);
    (found > limit).then_some(Refusal::Memory { limit, found })
}

fn stack(policy: &Policy<'_>, manifest: &Manifest<'_>, _: Option<u32>) -> Option<Refusal> {
    let (limit, found) = (policy.max_stack?, manifest.fields().requirements.stack?);
    (found > limit).then_some(Refusal::Stack { limit, found })
}
