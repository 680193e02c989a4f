//! One direction of a stream: bytes that arrive in order, in pieces that have nothing to do with those sent.

use std::{collections::VecDeque, time::Duration};

use sunrpc_tests::rng::Rng;

use crate::chance::Chance;

/// Bytes under way.
#[derive(Debug, Default)]
pub(crate) struct Pipe {
    pieces: VecDeque<(Duration, Vec<u8>)>,
    /// When the last of them arrives: none overtakes another.
    last: Duration,
}

impl Pipe {
    /// Sends bytes; gives the times at which some of them arrive.
    pub(crate) fn write(
        &mut self,
        mut bytes: &[u8],
        now: Duration,
        delay: Duration,
        rng: &mut Rng,
    ) -> Vec<Duration> {
        let mut times = Vec::new();
        let most = match rng.below(4) {
            0 => 1,
            1 => 64,
            2 => 1460,
            _ => bytes.len().max(1),
        };
        // A byte at a time is for what is short: a large message would be nothing else.
        let least = bytes.len() / 64;
        while !bytes.is_empty() {
            let len = (least + 1 + rng.below(most)).min(bytes.len());
            let (piece, rest) = bytes.split_at(len);
            let journey = if rng.chance(300) { Duration::ZERO } else { rng.up_to(delay) };
            self.last = self.last.max(now + journey);
            self.pieces.push_back((self.last, piece.to_vec()));
            times.push(self.last);
            bytes = rest;
        }
        times.dedup();
        times
    }

    /// Nothing arrives before `until`.
    pub(crate) fn stall(&mut self, until: Duration) {
        self.last = self.last.max(until);
    }

    /// What has arrived, in one piece.
    pub(crate) fn read(&mut self, now: Duration) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.pieces.front().is_some_and(|(at, _)| *at <= now) {
            bytes.extend(self.pieces.pop_front().into_iter().flat_map(|(_, piece)| piece));
        }
        bytes
    }
}
