//! Policy documents and CEL rules; pure.
