//! The modules that are loaded, by name.

use super::info::ModuleInfo;
use super::loaded::Loaded;
use crate::broken::Break;
use crate::error::{ErrorKind, RuntimeError};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

type Modules = BTreeMap<String, Arc<Loaded>>;

/// The modules that are loaded, by name.
#[derive(Default)]
pub(crate) struct Registry {
    modules: RwLock<Modules>,
}

/// What is different where a module took another's place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replaced {
    /// How often a module was put in this place, plus one.
    pub version: u64,
    /// The functions that are new, in words.
    pub added: Vec<String>,
    /// What is broken; empty unless that was allowed.
    pub breaks: Vec<Break>,
}

impl Registry {
    fn read(&self) -> RwLockReadGuard<'_, Modules> {
        // Nothing is changed halfway, so a panic leaves it whole.
        self.modules.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Modules> {
        self.modules.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, name: &str) -> Result<Arc<Loaded>, ErrorKind> {
        let modules = self.read();
        modules.get(name).cloned().ok_or_else(|| unknown(name, &modules))
    }

    /// Whether a name can be had.
    pub(crate) fn check_free(&self, name: &str) -> Result<(), ErrorKind> {
        let taken = self.read().contains_key(name);
        if taken { Err(ErrorKind::AlreadyLoaded { name: name.into() }) } else { Ok(()) }
    }

    pub(crate) fn insert(&self, loaded: Loaded) -> Result<(), RuntimeError> {
        let mut modules = self.write();
        let name = String::from(loaded.name.as_ref());
        if modules.contains_key(&name) {
            return Err(ErrorKind::AlreadyLoaded { name }.into());
        }
        modules.insert(name, Arc::new(loaded));
        Ok(())
    }

    /// Puts a module in another's place, unless it lacks something that the other has.
    pub(crate) fn replace(&self, new: Loaded, allow_breaks: bool) -> Result<Replaced, RuntimeError> {
        let mut modules = self.write();
        let Some(old) = modules.get(new.name.as_ref()) else {
            return Err(unknown(&new.name, &modules).into());
        };
        let breaks = old.interface.breaks(&new.interface);
        if !breaks.is_empty() && !allow_breaks {
            return Err(ErrorKind::Interface { breaks }.into());
        }
        let (added, version) = (old.interface.added(&new.interface), old.version() + 1);
        new.set_version(version);
        let old = modules.insert(new.name.as_ref().into(), Arc::new(new));
        // Its instances are unmapped outside of the lock.
        drop(modules);
        drop(old);
        Ok(Replaced { version, added, breaks })
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), ErrorKind> {
        let mut modules = self.write();
        let removed = modules.remove(name).ok_or_else(|| unknown(name, &modules))?;
        drop(modules);
        drop(removed);
        Ok(())
    }

    /// Removes all, and returns how many there were.
    pub(crate) fn clear(&self) -> usize {
        let removed = std::mem::take(&mut *self.write());
        removed.len()
    }

    #[cfg(feature = "service")]
    pub(crate) fn all(&self) -> Vec<Arc<Loaded>> {
        self.read().values().cloned().collect()
    }

    pub(crate) fn infos(&self) -> Vec<ModuleInfo> {
        self.read().values().map(|loaded| loaded.info()).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.read().len()
    }
}

fn unknown(name: &str, modules: &Modules) -> ErrorKind {
    ErrorKind::UnknownModule { name: name.into(), loaded: modules.keys().cloned().collect() }
}
