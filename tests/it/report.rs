//! What people and CI get to read, from the run itself to the files and the GitHub action.

mod across;
mod comment;
mod consumer;
mod doubted;
mod figures;
mod figures_page;
mod forge;
mod forks;
mod forks_paths;
mod gate;
mod gate_answers;
mod gitlab;
mod install;
mod measures;
mod plan;
mod report_of_all;
mod reports;
mod terminal;
