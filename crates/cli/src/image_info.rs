//! What a native image is and needs.

use crate::failure::{Failure, Kind, Outcome};
use crate::hex::hex;
use crate::module_info::entries;
use crate::report::Report;
use aingle_wasm_aot::{CHIPS, Chip};
use aingle_wasm_image::{Image, MAGIC};
use aingle_wasm_module::Module;

/// A native image, and the processor that it was made for.
pub struct ImageInfo<'i> {
    pub image: Image<'i>,
    pub chip: Chip,
}

impl<'i> ImageInfo<'i> {
    /// Returns whether bytes begin as a native image does.
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }

    /// Reads an image.
    ///
    /// # Errors
    /// [`Kind::Input`].
    pub fn of(bytes: &'i [u8]) -> Outcome<Self> {
        let image = Image::parse(bytes).map_err(|error| Failure::new(Kind::Input, error))?;
        let chip = CHIPS.into_iter().find(|chip| chip.target == image.target());
        let chip = chip.ok_or_else(|| {
            Failure::new(
                Kind::Input,
                format!("native image for a processor that is not known: {:?}", image.target()),
            )
        })?;
        Ok(Self { image, chip })
    }

    /// Adds what the image is and needs, and its entry points.
    ///
    /// # Errors
    /// [`Kind::Input`] if what it has of its module is damaged.
    pub fn report(&self, report: &mut Report) -> Outcome<()> {
        self.report_facts(report);
        let module =
            Module::parse(self.image.skeleton()).map_err(|error| Failure::new(Kind::Input, error))?;
        entries(module, report);
        Ok(())
    }

    /// Adds what the image is and needs.
    pub fn report_facts(&self, report: &mut Report) {
        let Self { image, chip } = self;
        report.add("image_chip", chip.name);
        report.add("image_target", chip.triple);
        report.add_as("image_memory", format!("{} bytes", image.memory()), image.memory());
        let limits = image.counters().is_some();
        report.add_as(
            "image_limits",
            if limits { "fuel and depth" } else { "none: nothing stops a call" },
            limits,
        );
        let stack = image.stack();
        let line = match stack.per_depth {
            0 => format!("{} bytes", stack.fixed),
            per_depth => format!("{} bytes, and {per_depth} for each unit of depth", stack.fixed),
        };
        report.add_as("image_stack", line, stack.fixed);
        report.add_as("image_stack_per_depth", stack.per_depth.to_string(), stack.per_depth);
        report.add("image_code", image.code().len());
        report.add("image_source_sha256", hex(&image.source()));
        report.add("image_tools", image.tools());
    }
}
