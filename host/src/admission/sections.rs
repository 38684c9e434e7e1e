//! What is counted of sections, before the validator reads them.

use super::limits::Field;
use super::stop::Stop;
use super::tally::Tally;
use super::work;
use crate::error::HostErrorKind;
use wasmer::sys::wasmparser::{
    CompositeInnerType, ElementItems, ElementSectionReader, ImportSectionReader, Payload, TypeRef,
    TypeSectionReader,
};

/// The parameters and results of the types, for imports.
#[derive(Default)]
pub(super) struct Arities(Vec<u64>);

/// Counts a section. What it says of its own length is counted before it is read.
pub(super) fn count(payload: &Payload<'_>, arities: &mut Arities, tally: &mut Tally<'_>) -> Result<(), Stop> {
    match payload {
        Payload::TypeSection(section) => types(section.clone(), arities, tally)?,
        Payload::ImportSection(section) => imports(section.clone(), arities, tally)?,
        Payload::FunctionSection(section) => tally.add(Field::functions, section.count().into())?,
        Payload::TableSection(section) => tally.add(Field::tables, section.count().into())?,
        Payload::MemorySection(section) => tally.add(Field::memories, section.count().into())?,
        Payload::GlobalSection(section) => tally.add(Field::globals, section.count().into())?,
        Payload::ExportSection(section) => tally.add(Field::exports, section.count().into())?,
        Payload::ElementSection(section) => elements(section.clone(), tally)?,
        Payload::DataSection(section) => tally.add(Field::data_segments, section.count().into())?,
        Payload::CustomSection(_) => tally.add(Field::custom_sections, 1)?,
        _ => {}
    }
    Ok(())
}

fn types(section: TypeSectionReader<'_>, arities: &mut Arities, tally: &mut Tally<'_>) -> Result<(), Stop> {
    tally.add(Field::types, section.count().into())?;
    for (group, count) in section.into_iter_with_offsets().zip(1..) {
        let (offset, group) = group?;
        tally.offset = offset;
        // A group of later proposals may have several types.
        tally.raise(Field::types, count)?;
        for ty in group.types() {
            let CompositeInnerType::Func(ty) = &ty.composite_type.inner else { continue };
            let (params, results) = (ty.params().len() as u64, ty.results().len() as u64);
            tally.raise(Field::params, params)?;
            tally.raise(Field::results, results)?;
            signature(params + results, tally)?;
            arities.0.push(params + results);
        }
    }
    Ok(())
}

/// The compiler makes code that passes a signature's values on.
fn signature(values: u64, tally: &mut Tally<'_>) -> Result<(), HostErrorKind> {
    tally.add(Field::signature_values, values)?;
    tally.add(Field::module_work, work::of_signature(values))
}

fn imports(
    section: ImportSectionReader<'_>,
    arities: &mut Arities,
    tally: &mut Tally<'_>,
) -> Result<(), Stop> {
    tally.add(Field::imports, section.count().into())?;
    for import in section.into_imports_with_offsets() {
        let (offset, import) = import?;
        tally.offset = offset;
        match import.ty {
            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                tally.add(Field::functions, 1)?;
                signature(arities.0.get(ty as usize).copied().unwrap_or(0), tally)?;
            }
            TypeRef::Table(_) => tally.add(Field::tables, 1)?,
            TypeRef::Memory(_) => tally.add(Field::memories, 1)?,
            TypeRef::Global(_) => tally.add(Field::globals, 1)?,
            TypeRef::Tag(_) => {}
        }
    }
    Ok(())
}

fn elements(section: ElementSectionReader<'_>, tally: &mut Tally<'_>) -> Result<(), Stop> {
    tally.add(Field::element_segments, section.count().into())?;
    for segment in section.into_iter_with_offsets() {
        let (offset, segment) = segment?;
        tally.offset = offset;
        let items = match segment.items {
            ElementItems::Functions(functions) => functions.count(),
            ElementItems::Expressions(_, expressions) => expressions.count(),
        };
        tally.add(Field::elements, items.into())?;
    }
    Ok(())
}
