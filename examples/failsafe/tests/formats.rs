//! SBUS and the mixer.

use failsafe::mixer::{Controls, ONE, mix, pulse};
use failsafe::sbus::{CHANNELS, FRAME_LEN, Parser, Sbus, parse};
use proptest::prelude::*;

mod pack;
use pack::pack;

/// All sticks in the middle, as receivers send it: 16 times 992.
const MIDDLES: [u8; FRAME_LEN] = [
    0x0F, 0xE0, 0x03, 0x1F, 0xF8, 0xC0, 0x07, 0x3E, 0xF0, 0x81, 0x0F, 0x7C, 0xE0, 0x03, 0x1F, 0xF8, 0xC0,
    0x07, 0x3E, 0xF0, 0x81, 0x0F, 0x7C, 0x00, 0x00,
];

#[test]
fn sticks_in_the_middle() {
    let expected = Sbus { channels: [992; CHANNELS], lost: false, failsafe: false };
    assert_eq!(parse(&MIDDLES), Some(expected));
    assert_eq!(pack(&expected), MIDDLES);
}

#[test]
fn flags_and_ends() {
    for flags in 0..16 {
        let mut bytes = MIDDLES;
        bytes[23] = flags;
        let frame = parse(&bytes).unwrap();
        assert_eq!((frame.lost, frame.failsafe), (flags & 4 != 0, flags & 8 != 0));
    }
    for end in 0..=255 {
        let mut bytes = MIDDLES;
        bytes[24] = end;
        assert_eq!(parse(&bytes).is_some(), [0x00, 0x04, 0x14, 0x24, 0x34].contains(&end), "{end:02x}");
    }
    let mut bytes = MIDDLES;
    bytes[0] = 0x0E;
    assert_eq!(parse(&bytes), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_frame_is_read_as_it_was_packed(channels: [u16; CHANNELS], lost: bool, failsafe: bool) {
        let frame = Sbus { channels: channels.map(|channel| channel & 0x7FF), lost, failsafe };
        prop_assert_eq!(parse(&pack(&frame)), Some(frame));
    }

    #[test]
    fn a_frame_is_found_after_garbage(garbage in proptest::collection::vec(any::<u8>(), 0..60)) {
        // A header in the garbage costs at most the frames that begin before it is passed over.
        let mut parser = Parser::default();
        for byte in garbage {
            parser.push(byte);
        }
        let found = (0..4).flat_map(|_| MIDDLES).filter_map(|byte| parser.push(byte)).count();
        prop_assert!(found >= 1);
        prop_assert!(MIDDLES.iter().filter_map(|byte| parser.push(*byte)).count() >= 1);
    }

    #[test]
    fn outputs_are_those_of_the_mixer_in_real_numbers(roll: i16, pitch: i16, yaw: i16, throttle: i16) {
        let outputs = mix(Controls { roll, pitch, yaw, throttle });
        let [r, p, y] = [roll, pitch, yaw].map(|axis| f64::from(axis) / 2.0);
        let sums = [p - r + y / 2.0, r - p + y / 2.0, r + p - y / 2.0, -r - p - y / 2.0];
        let sums = sums.map(|sum| sum + f64::from(throttle.max(0)));
        let one = f64::from(ONE);
        let (highest, lowest) = (sums.iter().copied().fold(f64::MIN, f64::max), sums.iter().copied().fold(f64::MAX, f64::min));
        let shift = if highest > one { one - highest } else { (-lowest).max(0.0).min(one - highest) };
        for (output, sum) in outputs.into_iter().zip(sums) {
            let expected = (sum + shift).clamp(0.0, one);
            prop_assert!((f64::from(output) - expected).abs() <= 6.0, "{output} is not {expected}");
        }
    }

    #[test]
    fn pulses_are_between_one_and_two_milliseconds(output: u16) {
        let pulse = pulse(output);
        prop_assert!((1000..=2000).contains(&pulse));
        let exact = 1000.0 + f64::from(output.min(ONE as u16)) * 1000.0 / f64::from(ONE);
        prop_assert!((f64::from(pulse) - exact).abs() <= 0.6);
    }
}
