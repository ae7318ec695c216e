//! Files that are wrong, hostile or mangled: what is told, and that none ends in a yes.

mod commands;
mod config_mistakes;
mod doctor;
mod from_elsewhere;
mod imports;
mod independence;
mod init;
mod init_product;
mod insta_settings;
mod kept;
mod mangled;
mod mistakes;
mod mutations;
mod newcomer;
mod outputs;
mod pages;
mod renamed;
mod secrets;
mod security;
mod selection;
mod tree;
mod unnoticed;
mod workspaces;
