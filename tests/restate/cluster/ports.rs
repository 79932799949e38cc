//! Ports of one run.

use std::net::{Ipv4Addr, TcpListener};

use crate::{Failure, Result};

/// Where ports are looked for: above 32767 are those of outgoing connections.
const FIRST: u16 = 10_000;
const END: u16 = 32_000;

/// How many ports a run has.
const COUNT: u16 = 20;

/// A block of ports that no other run has: its first port is held as long as this lives. The others stay free for it
/// even while the process that listens there is dead.
pub(crate) struct Ports {
    first: u16,
    given: u16,
    _held: TcpListener,
}

impl Ports {
    /// Finds free ones.
    pub(crate) fn find() -> Result<Self> {
        let found = (FIRST..END).step_by(COUNT.into()).find_map(|first| {
            let held = listen(first)?;
            (first + 1..first + COUNT).all(|port| listen(port).is_some()).then_some((first, held))
        });
        let (first, held) = found.ok_or_else(|| Failure::from("all ports are taken"))?;
        Ok(Self { first, given: 0, _held: held })
    }

    /// A name that no other run has.
    pub(crate) fn name(&self) -> u16 {
        self.first
    }

    /// Gives the next.
    pub(crate) fn next(&mut self) -> Result<u16> {
        self.given += 1;
        if self.given < COUNT { Ok(self.first + self.given) } else { Err("a run has too few ports".into()) }
    }
}

fn listen(port: u16) -> Option<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()
}
