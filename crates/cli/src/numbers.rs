//! Numbers and names of the command line.

/// Reads a number, decimal or hexadecimal with `0x`. Underscores between digits mean nothing.
///
/// # Errors
/// What is wrong with it.
pub fn number(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    let parsed = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hexadecimal) => u64::from_str_radix(hexadecimal, 16),
        None => digits.parse(),
    };
    parsed.map_err(|error| format!("`{text}` is not a number: {error}"))
}

/// Reads units of fuel, as many as can be counted.
///
/// # Errors
/// What is wrong with it.
#[cfg(any(feature = "run", feature = "serve", feature = "fleet"))]
pub fn fuel(text: &str) -> Result<u64, String> {
    use aingle_wasm_types::metering::MAX_FUEL;
    let fuel = number(text)?;
    if fuel <= MAX_FUEL { Ok(fuel) } else { Err(format!("expected at most {MAX_FUEL}")) }
}

/// Reads a number of 32 bits.
///
/// # Errors
/// What is wrong with it.
pub fn number_32(text: &str) -> Result<u32, String> {
    fit(number(text)?)
}

/// Reads a size in bytes, with `K`, `KiB`, `M`, `MiB`, `G` or `GiB` behind it if wanted: powers of 1024 bytes.
///
/// # Errors
/// What is wrong with it.
pub fn size(text: &str) -> Result<u32, String> {
    let hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    let unit_at = text.find(|letter: char| letter.is_ascii_alphabetic()).filter(|_| !hexadecimal);
    let end = unit_at.unwrap_or(text.len());
    let unit: u64 = match text[end..].to_ascii_lowercase().as_str() {
        "" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        _ => return Err(format!("unknown unit `{}`: expected K, KiB, M, MiB, G or GiB", &text[end..])),
    };
    let bytes = number(text[..end].trim_end())?.checked_mul(unit);
    fit(bytes.ok_or_else(|| format!("`{text}` is too large"))?)
}

/// Reads a time, in seconds or with `ms`, `s` or `min` behind it. Returns milliseconds.
///
/// # Errors
/// What is wrong with it.
pub fn milliseconds(text: &str) -> Result<u32, String> {
    let end = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let unit = match &text[end..] {
        "ms" => 1,
        "" | "s" => 1_000,
        "min" => 60_000,
        other => return Err(format!("unknown unit `{other}`: expected ms, s or min")),
    };
    let time = number(text[..end].trim_end())?.checked_mul(unit);
    fit(time.ok_or_else(|| format!("`{text}` is too long"))?)
}

/// Reads a time as [`milliseconds`] does, which is more than none.
///
/// # Errors
/// What is wrong with it.
#[cfg(any(feature = "serve", feature = "fleet"))]
pub fn some_milliseconds(text: &str) -> Result<u32, String> {
    match milliseconds(text)? {
        0 => Err("expected at least 1ms".into()),
        time => Ok(time),
    }
}

/// Reads a share, in per cent with `%` behind it, with one decimal at most. Returns thousandths.
///
/// # Errors
/// What is wrong with it.
#[cfg(feature = "fleet")]
pub fn share(text: &str) -> Result<u16, String> {
    let wrong = || format!("`{text}` is not a share: expected 0% to 100%, with one decimal at most");
    let (whole, tenths) =
        text.strip_suffix('%').map(|text| text.split_once('.').unwrap_or((text, "0"))).ok_or_else(wrong)?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || tenths.len() != 1 || !digits(tenths) {
        return Err(wrong());
    }
    let share = whole.parse::<u16>().ok().zip(tenths.parse::<u16>().ok());
    share
        .and_then(|(whole, tenths)| whole.checked_mul(10)?.checked_add(tenths))
        .filter(|share| *share <= 1_000)
        .ok_or_else(wrong)
}

/// Reads a name of 1 to `MOST` bytes.
///
/// # Errors
/// How long it is, and how long it can be.
pub fn name<const MOST: usize>(text: &str) -> Result<String, String> {
    match text.len() {
        found if (1..=MOST).contains(&found) => Ok(text.into()),
        found => Err(format!("expected 1 to {MOST} bytes, found {found}")),
    }
}

fn fit(number: u64) -> Result<u32, String> {
    u32::try_from(number).map_err(|_| format!("{number} is too large: the limit is {}", u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal_or_hexadecimal() {
        assert_eq!(number("1_000"), Ok(1000));
        assert_eq!(number("0xff"), Ok(255));
        assert_eq!(number_32("4294967295"), Ok(u32::MAX));
        for wrong in ["", "-1", "1.5", "0x", "4294967296", "ten"] {
            assert!(number_32(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    #[cfg(feature = "fleet")]
    fn shares_have_one_decimal_at_most() {
        for (text, thousandths) in
            [("0%", 0), ("0.5%", 5), ("12.5%", 125), ("100%", 1_000), ("100.0%", 1_000)]
        {
            assert_eq!(share(text), Ok(thousandths), "{text}");
        }
        for wrong in ["", "%", "10", "100.1%", "101%", "-1%", "1.25%", ".5%", "+1%", "1.%", "1e1%", "99999%"]
        {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_have_units() {
        for (text, time) in [("3", 3_000), ("250ms", 250), ("2 s", 2_000), ("1min", 60_000)] {
            assert_eq!(milliseconds(text), Ok(time), "{text}");
        }
        for wrong in ["1h", "s", "-1s", "5000000s"] {
            assert!(milliseconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_have_suffixes() {
        for (text, bytes) in [
            ("0", 0),
            ("7", 7),
            ("4K", 4096),
            ("4k", 4096),
            ("64KiB", 65536),
            ("2 M", 2 << 20),
            ("3GiB", 3 << 30),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        assert_eq!(size("0x1000"), Ok(4096));
        assert_eq!(size("0X1000"), Ok(4096));
        for wrong in ["4G", "4KB", "K", "5000M", "-1K"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
