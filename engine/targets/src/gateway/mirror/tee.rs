//! A bounded copy of a body that streams by.

use bytes::{Bytes, BytesMut};
use tokio::sync::oneshot;

use super::super::compare::Captured;

/// Takes what passes, and gives the copy away when the body has ended. A body that breaks off gives none.
#[derive(Debug)]
pub struct Tee {
    kept: BytesMut,
    room: usize,
    is_cut: bool,
    taker: Option<oneshot::Sender<Captured>>,
}

impl Tee {
    /// Keeps at most so many bytes.
    pub fn new(room: usize) -> (Self, oneshot::Receiver<Captured>) {
        let (taker, taken) = oneshot::channel();
        (Self { kept: BytesMut::new(), room, is_cut: false, taker: Some(taker) }, taken)
    }

    pub fn data(&mut self, data: &Bytes) {
        let fits = data.get(..self.room).unwrap_or(data);
        self.kept.extend_from_slice(fits);
        self.room -= fits.len();
        self.is_cut |= fits.len() < data.len();
    }

    /// The body has ended well.
    pub fn end(&mut self) {
        if let Some(taker) = self.taker.take() {
            // Nobody may wait for it any more.
            let _ = taker.send(self.taken());
        }
    }

    /// What was copied so far.
    pub fn taken(&mut self) -> Captured {
        let kept = self.kept.split().freeze();
        if self.is_cut { Captured::Cut(kept) } else { Captured::Whole(kept) }
    }

    pub fn is_cut(&self) -> bool {
        self.is_cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_no_more_than_its_room_and_says_so() {
        let (mut tee, mut taken) = Tee::new(4);
        tee.data(&Bytes::from_static(b"ab"));
        assert!(taken.try_recv().is_err());
        tee.data(&Bytes::from_static(b"cd"));
        tee.end();
        assert_eq!(taken.try_recv().unwrap(), Captured::Whole(Bytes::from_static(b"abcd")));
        let (mut tee, mut taken) = Tee::new(3);
        tee.data(&Bytes::from_static(b"ab"));
        tee.data(&Bytes::from_static(b"cd"));
        tee.end();
        assert_eq!(taken.try_recv().unwrap(), Captured::Cut(Bytes::from_static(b"abc")));
        let (tee, mut taken) = Tee::new(3);
        drop(tee);
        assert!(taken.try_recv().is_err());
    }
}
