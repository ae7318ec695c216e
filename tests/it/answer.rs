//! What is made of what models say, and of what nobody could read.

mod advice;
mod answers;
mod deceptive_models;
mod read;
mod read_role;
mod twins;
mod uneven_answers;
mod unknown_options;
mod unread;
mod unread_bounds;
mod unread_none;
mod unread_reference;
