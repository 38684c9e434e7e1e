//! Functions that a component exports, found and with their types.

use crate::lower::arguments;
use crate::room::of_reply;
use crate::shape::{Reader, Shape};
use crate::unfit::{Refused, Unfit};
use aingle_wasm_codec::ValueError;
use aingle_wasm_values::{Function, Param, Type};
use aingle_wasm_wasi::is_entry;
use std::collections::BTreeMap;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, Val};

/// Function that can be called.
pub struct Callable {
    pub function: Function,
    pub index: ComponentExportIndex,
    /// How many results Wasmtime has for it.
    pub results: usize,
    /// What Wasmtime may count for a reply.
    pub room: usize,
    params: Vec<Shape>,
}

impl Callable {
    /// Reads the bytes of arguments.
    pub fn arguments(&self, bytes: &[u8]) -> Result<Vec<Val>, ValueError> {
        arguments(&self.params, bytes)
    }
}

/// Functions of a component by their names.
#[derive(Default)]
pub struct Found {
    pub callable: BTreeMap<String, Callable>,
    pub refused: BTreeMap<String, Refused>,
    /// How many more there are, and how long all names may be.
    more: Option<(usize, usize)>,
}

impl Found {
    /// Returns the functions that cannot be called, in the order of their names, and how many more there are.
    pub fn all_refused(&self) -> impl Iterator<Item = Refused> {
        let more = self.more.map(|(more, limit)| Refused {
            function: format!("{more} more functions"),
            param: None,
            reason: Unfit::Names { limit },
        });
        self.refused.values().cloned().chain(more)
    }

    /// Adds a function, if there is room for its name. Those for which there is none are counted.
    fn add(
        &mut self,
        reader: &mut Reader,
        (interface, name): (Option<&str>, &str),
        function: &ComponentFunc,
        index: ComponentExportIndex,
    ) {
        let len = interface.map_or(0, |interface| interface.len() + 1) + name.len();
        if let Err(limit) = reader.begin(len) {
            self.more = Some((self.more.map_or(1, |(more, _)| more + 1), limit));
            return;
        }
        let name = interface.map_or_else(|| name.to_owned(), |interface| format!("{interface}#{name}"));
        match read(reader, &name, function, index) {
            Ok(callable) => drop(self.callable.insert(name, callable)),
            Err(refused) => drop(self.refused.insert(name, refused)),
        }
    }
}

/// Finds the functions of a component: of its world, and of the interfaces that it exports, except the one that is run.
pub fn find(component: &Component) -> Found {
    let (ty, engine) = (component.component_type(), component.engine());
    let (mut found, mut reader) = (Found::default(), Reader::new());
    for (name, item) in ty.exports(engine) {
        let Some(index) = component.get_export_index(None, name) else { continue };
        match item.ty {
            ComponentItem::ComponentFunc(function) => found.add(&mut reader, (None, name), &function, index),
            ComponentItem::ComponentInstance(interface) if !is_entry(name) => {
                for (inner, item) in interface.exports(engine) {
                    let ComponentItem::ComponentFunc(function) = item.ty else { continue };
                    let Some(index) = component.get_export_index(Some(&index), inner) else { continue };
                    found.add(&mut reader, (Some(name), inner), &function, index);
                }
            }
            _ => {}
        }
    }
    found
}

fn read(
    reader: &mut Reader,
    name: &str,
    function: &ComponentFunc,
    index: ComponentExportIndex,
) -> Result<Callable, Refused> {
    let refuse = |param: Option<&str>, reason: Unfit| Refused {
        function: name.to_owned(),
        param: param.map(str::to_owned),
        reason,
    };
    let params = function.params().map(|(param, ty)| {
        let shape = reader.read(&ty).map_err(|reason| refuse(Some(param), reason))?;
        Ok((Param::new(Some(param), shape.ty()), shape))
    });
    let (named, params) = params.collect::<Result<(Vec<_>, Vec<_>), Refused>>()?;
    let results: Vec<_> = function.results().collect();
    let result = results.first().map(|ty| reader.read(ty)).transpose();
    let result = result.map_err(|reason| refuse(None, reason))?;
    let ty = result.as_ref().map_or(Type::Unit, Shape::ty);
    let room = of_reply(result.as_ref()).map_err(|reason| refuse(None, reason))?;
    Ok(Callable {
        function: Function::from_parts(name, named, ty),
        index,
        results: results.len(),
        room,
        params,
    })
}
