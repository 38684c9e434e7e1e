//! What callers do for the functions that they call: pay for their entry, and give them the depth. Those who come from
//! outside come to functions that do it for them.

use crate::depth::Depth;
use crate::error::MeterError;
use crate::features::parser;
use crate::frame_estimate::FrameEstimate;
use crate::module_info::ModuleInfo;
use crate::parallel;
use crate::price::PriceList;
use crate::scan;
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::Payload;

/// The most that a caller pays for a function's entry, which bounds what a function costs without a check.
const MOST_PREPAID: u64 = 1 << 10;
/// The most parameters that every engine takes.
const MOST_PARAMS: usize = 9;

impl ModuleInfo {
    /// Whether the depth is given to a function by its callers, as its last parameter, and not in the global: a
    /// function that counts, and whose callers pay for its entry.
    pub(crate) fn is_given_depth(&self, function: u32) -> bool {
        let counts = matches!(self.depths.get(function), Depth::Counted(_));
        let has_room = self.type_of(function).is_some_and(|ty| ty.params().len() < MOST_PARAMS);
        counts && has_room && self.prepaid.contains_key(&function)
    }

    /// What a function takes that stands for another one.
    pub(crate) fn thunk_weight(&self, function: u32) -> u32 {
        let (params, results) =
            self.type_of(function).map_or((0, 0), |ty| (ty.params().len(), ty.results().len()));
        FrameEstimate::passing_on(params).facts((params + results) as u64).weight
    }

    /// What the entry of each function costs that is called by name, cheap, and in no table: calls through a table
    /// come to the function itself. Functions that never return are called where nobody is in a hurry.
    pub(crate) fn prepay(&self, wasm: &[u8], prices: &PriceList) -> Result<BTreeMap<u32, u64>, MeterError> {
        let called: BTreeSet<u32> = self.bodies.iter().flat_map(|body| &body.callees).copied().collect();
        let bodies = parser().parse_all(wasm).filter_map(|payload| match payload {
            Ok(Payload::CodeSectionEntry(body)) => Some(body),
            _ => None,
        });
        let bodies = bodies
            .zip(self.imported..)
            .filter(|(_, function)| called.contains(function) && !self.referenced.contains(function));
        let mut prepaid = BTreeMap::new();
        let scans = parallel::map(bodies.collect(), |(body, function)| {
            Ok::<_, MeterError>((function, scan::scan(&body, self, prices)?.charges))
        });
        for scan in scans {
            let (function, charges) = scan?;
            if charges.entry <= MOST_PREPAID && !charges.diverges {
                prepaid.insert(function, charges.entry);
            }
        }
        Ok(prepaid)
    }

    /// Finds the functions for which others stand.
    pub(crate) fn find_thunks(&mut self) {
        let outside = self.exported.union(&self.referenced).copied();
        let outside = outside.filter(|&it| self.is_imported(it) || self.prepaid.contains_key(&it));
        self.thunks = outside.zip(self.functions.len() as u32..).collect();
    }

    /// Types of functions that are given the depth stand behind that of the function that answers with the size.
    pub(crate) fn add_types(&mut self) {
        let functions = (self.imported..self.functions.len() as u32).filter(|&it| self.is_given_depth(it));
        let types: BTreeSet<u32> = functions.map(|function| self.functions[function as usize]).collect();
        let first = self.types.len() as u32 + u32::from(self.adds_size_type());
        self.given_depth = types.into_iter().zip(first..).collect();
    }
}
