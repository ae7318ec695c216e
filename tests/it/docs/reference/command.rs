//! The command line, as clap has it.

use alignspec::__testing::cli;

use super::table;

pub(super) fn written() -> String {
    let mut text = String::new();
    let mut whole = cli::command();
    whole.build();
    for command in
        whole.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help")
    {
        let about = command.get_long_about().or(command.get_about()).map(ToString::to_string);
        let usage = command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").to_owned();
        text += &format!("\n## {}\n\n```text\n{usage}\n```\n\n", command.get_name());
        // What is laid out by hand stays as it is.
        let about = about.unwrap_or_default();
        text += &match about.contains("\n  ") {
            true => format!("```text\n{}\n```\n", about.trim_end()),
            false => format!("{}\n", about.trim_end()),
        };
        let arguments = command.get_arguments().filter(|one| !one.is_hide_set() && one.get_id() != "help");
        let rows = arguments.map(|one| {
            let help = one.get_long_help().or(one.get_help()).map(ToString::to_string).unwrap_or_default();
            let words: Vec<String> =
                one.get_possible_values().iter().map(|word| format!("`{}`", word.get_name())).collect();
            let words = match words.is_empty() || !one.get_action().takes_values() {
                true => String::new(),
                false => format!(" ({})", words.join(", ")),
            };
            let help = help.replace("<", "&lt;");
            vec![format!("`{}`", one), format!("{help}{words}")]
        });
        text += &format!("\n{}", table(&["argument", "meaning"], rows.collect()));
        if let Some(after) = command.get_after_help() {
            text += &format!("\n```text\n{}\n```\n", after.to_string().trim_end());
        }
    }
    text
}
