//! The option of the key that signs.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct KeyArgs {
    /// Sign with this private key: PKCS#8 as PEM or DER, OpenSSH, or 64 hexadecimal digits; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Refused: a key on the command line
    #[arg(
        long = "private-key",
        aliases = ["secret-key", "sign-key", "signing-key", "key-hex", "seed"],
        value_name = "KEY",
        hide = true
    )]
    pub key_in_the_open: Option<String>,
}
