//! The memory and the tables of one run, counted and limited.

use crate::error::ErrorKind;
use crate::limits::Limits;
use wasmtime::ResourceLimiter;

/// Counts of one run.
#[derive(Debug)]
pub struct Meter {
    memory: Total,
    table: Total,
    instances: u32,
}

/// One sum and its limit.
#[derive(Debug)]
struct Total {
    limit: u64,
    now: u64,
    peak: u64,
    refused: Option<Refused>,
}

/// Growth that was refused.
#[derive(Debug, Clone, Copy)]
struct Refused {
    limit: u64,
    /// What the sum would have been, or the part if it is the module that limits it.
    asked: u64,
}

impl Total {
    fn new(limit: u64) -> Self {
        Self { limit, now: 0, peak: 0, refused: None }
    }

    /// Counts growth of one part, and returns whether it is allowed. The module limits a part to its maximum.
    fn grow(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        let grown = (self.now + desired as u64).saturating_sub(current as u64);
        self.refused = match maximum {
            _ if grown > self.limit => Some(Refused { limit: self.limit, asked: grown }),
            Some(maximum) if desired > maximum => {
                Some(Refused { limit: maximum as u64, asked: desired as u64 })
            }
            _ => {
                self.now = grown;
                self.peak = self.peak.max(grown);
                return true;
            }
        };
        false
    }
}

impl Meter {
    pub fn new(limits: &Limits) -> Self {
        Self {
            memory: Total::new(limits.memory),
            table: Total::new(limits.table_elements),
            instances: limits.instances,
        }
    }

    /// Returns the most that all memories had together, in bytes.
    pub fn peak_memory(&self) -> u64 {
        self.memory.peak
    }

    /// Returns what all memories have, in bytes.
    pub fn memory(&self) -> u64 {
        self.memory.now
    }

    /// Returns the error of a program that gave up after it was refused growth.
    pub fn refused(&self) -> Option<ErrorKind> {
        let memory = |Refused { limit, asked }| ErrorKind::OutOfMemory { limit, asked };
        let table = |Refused { limit, asked }| ErrorKind::OutOfTable { limit, asked };
        self.memory.refused.map(memory).or(self.table.refused.map(table))
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        max: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.memory.grow(current, desired, max))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        max: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.table.grow(current, desired, max))
    }

    fn instances(&self) -> usize {
        self.instances as usize
    }
}
