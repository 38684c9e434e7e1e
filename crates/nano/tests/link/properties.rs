//! Properties of the link with random bytes.

use super::*;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_never_accepted(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let (_, mut controller) = pair();
        deliver(&mut controller, &bytes);
        prop_assert_eq!((controller.counters().fresh, controller.counters().greetings), (0, 0));
    }

    #[test]
    fn frames_arrive_in_whatever_pieces_and_garbage(
        payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..=128), 1..8),
        garbage in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let (mut node, mut controller) = pair();
        let mut wire = Vec::new();
        for payload in &payloads {
            wire.extend_from_slice(&garbage);
            wire.extend(send(&mut node, payload));
        }
        let arrived: Vec<_> = deliver(&mut controller, &wire)
            .into_iter()
            .filter_map(|seen| match seen {
                Seen::Payload(payload, _) => Some(payload),
                _ => None,
            })
            .collect();
        prop_assert_eq!(arrived, payloads);
    }

    #[test]
    fn a_window_is_a_set_of_counters(counters in proptest::collection::vec(1u64..300, 1..400)) {
        let mut window = aingle_wasm_nano::link::Window::above(0);
        let mut accepted = std::collections::HashSet::new();
        for counter in counters {
            let highest = accepted.iter().copied().max().unwrap_or(0);
            let expected = match counter {
                counter if counter > highest => Verdict::Fresh,
                counter if highest - counter >= 64 => Verdict::TooOld,
                counter if accepted.contains(&counter) => Verdict::Replay,
                _ => Verdict::Reordered,
            };
            prop_assert_eq!(window.check(counter), expected);
            if matches!(expected, Verdict::Fresh | Verdict::Reordered) {
                window.accept(counter);
                accepted.insert(counter);
            }
        }
    }
}
