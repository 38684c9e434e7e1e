//! The function that is called, of a module of either kind.

use super::super::done::Done;
use super::guest::GuestEntry;
use super::plain::PlainEntry;
use super::request::{Answer, Request, Stopped};
use crate::failure::Outcome;
use crate::report::Report;
use crate::run_args::RunArgs;
use aingle_wasm_module::{Foreign, Module};

pub enum Entry {
    /// Of a guest of the SDK.
    Guest(GuestEntry),
    /// Of a module that speaks no ABI.
    Plain(PlainEntry),
}

impl Entry {
    /// Finds the function of this name, or the only one.
    pub fn of(module: Module<'_>, name: Option<&str>) -> Outcome<Self> {
        match Foreign::of_module(module) {
            None => GuestEntry::of(module, name).map(Self::Guest),
            Some(_) => PlainEntry::of(module, name).map(Self::Plain),
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Guest(entry) => entry.name(),
            Self::Plain(entry) => entry.name(),
        }
    }

    /// Returns what is passed.
    pub fn request(&self, args: &RunArgs) -> Outcome<Request> {
        match self {
            Self::Guest(entry) => entry.request(args).map(Request::Bytes),
            Self::Plain(entry) => entry.arguments(args).map(Request::Numbers),
        }
    }

    /// Returns what has become of the call, with its facts.
    pub fn finish(
        &self,
        args: &RunArgs,
        mut facts: Report,
        answer: Result<Answer, Stopped>,
    ) -> Outcome<Done> {
        match (self, answer) {
            (Self::Guest(entry), Err(stopped)) => Err(entry.failure(stopped).with_facts(facts.facts())),
            (Self::Plain(_), Err(stopped)) => Err(stopped.failure.with_facts(facts.facts())),
            (Self::Guest(entry), Ok(Answer::Bytes(reply))) => entry.finish(args, facts, &reply),
            (_, Ok(answer)) => {
                let result = answer.numbers_to_json();
                facts.add_json("result", result.clone());
                Ok(Done::answered(facts, result))
            }
        }
    }
}
