//! The unsafe parts of every expansion: symbols, the description's section and imports.
//!
//! The attributes stand on wasm32 alone. Elsewhere the same items are type-checked and export nothing.

use aingle_wasm_types::names::{DESCRIPTION_SECTION, IMPORT_MODULE};
use proc_macro2::TokenStream;
use quote::quote;

/// The attribute that exports an entry point as `name`.
///
/// SAFETY of the expansion: the name is not one of the ABI's, and a second symbol of the same name does
/// not link.
pub fn export_attribute(name: &str) -> TokenStream {
    quote! {
        #[cfg_attr(target_arch = "wasm32", unsafe(export_name = #name))]
    }
}

/// The attribute that puts a record into the description.
///
/// SAFETY of the expansion: on wasm32 it is a custom section, which is data that nothing executes or
/// loads.
pub fn section_attribute() -> TokenStream {
    quote! {
        #[cfg_attr(target_arch = "wasm32", unsafe(link_section = #DESCRIPTION_SECTION))]
    }
}

/// The constant expression of a host function: the import `env.name`, or none off wasm32.
///
/// SAFETY of the expansion: the import has the type that the ABI gives to every host function, and the
/// host that links the module checks it.
pub fn host_function(private: &TokenStream, name: &str) -> TokenStream {
    quote! {{
        #[cfg(target_arch = "wasm32")]
        {
            #[link(wasm_import_module = #IMPORT_MODULE)]
            unsafe extern "C" {
                #[link_name = #name]
                fn __aingle_import(_: u32, _: u32) -> u64;
            }
            // The linker takes an object file for what is used of it: this brings the record beside it.
            static __AINGLE_ANCHOR: u8 = 0;
            unsafe { #private::HostFunction::described(#name, __aingle_import, &__AINGLE_ANCHOR) }
        }
        #[cfg(not(target_arch = "wasm32"))]
        {
            #private::HostFunction::unavailable(#name)
        }
    }}
}
