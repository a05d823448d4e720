//! Tests of the whole project. `tidy` reads its files as text, and builds and starts nothing.

mod tidy;
