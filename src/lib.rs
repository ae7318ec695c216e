//! alignspec
