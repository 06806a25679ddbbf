//! What the compiler says of right and wrong workflows: see `tests/`.
