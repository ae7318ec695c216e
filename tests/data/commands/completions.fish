# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_cargo_alignspec_global_optspecs
    string join \n manifest-path= p/package= h/help V/version
end

function __fish_cargo_alignspec_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_cargo_alignspec_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_cargo_alignspec_using_subcommand
    set -l cmd (__fish_cargo_alignspec_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -s h -l help -d 'Print help'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -s V -l version -d 'Print version'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "accept" -d 'Makes pending snapshots the baseline: of one role, or of all'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "across" -d 'Shows many respondents side by side: their alignment with two groups, and how robust they are'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "check" -d 'Checks all files and sentences, and asks no model'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "completions" -d 'Prints a script that completes this command line in a shell'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "diff" -d 'Compares two respondents, snapshots, or git revisions of a snapshot.'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "doctor" -d 'Shows what is found of the crate and its surroundings, and what to do about each trouble. No network is used'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "explain" -d 'Explains a sentence: what it measures, when it passes, and what it takes. No model is asked'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "figures" -d 'Draws the study\'s figures of any respondents: an SVG and, beside it, a CSV of its data'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "gate" -d 'What the scripts of the GitHub action need to know of alignment.toml'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "import" -d 'Makes a baseline of answers that were asked elsewhere: promptfoo\'s results, or a table'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "init" -d 'Writes the first files of a gate, and writes over nothing'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "man" -d 'Prints the man page, or writes it and one for each command'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "merge" -d 'Adds what other machines have recorded to this crate\'s recordings'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "models" -d 'Asks each model one question, and says whether it is ready: reached, key found, version, structured output, price'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "plan" -d 'Says what a run would ask, what it would cost, and what it could decide. No model is asked'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "read" -d 'Shows how a response is read, and why'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "record" -d 'Asks models for the answers that are not recorded yet, and keeps them'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "report" -d 'Shows what a run found; its exit code says whether the gate passes'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "schema" -d 'Prints the JSON schema of a file that you write, for editors'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "watch" -d 'Asks each role a few fresh questions of its snapshots, and says when the model behind the name has changed'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand accept" -l role -d 'Only the snapshots of this role' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand accept" -l task -d 'Only the snapshots of this task' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand accept" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand accept" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand accept" -l renew -d 'Make the recorded answers of today\'s model the snapshot where they have not drifted from it, so that its head names that model'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand accept" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand across" -l groups -d 'The two groups: baselines, or models' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand across" -l by -d 'How alignment is measured: a check up to its `with`, such as "T1 top-5 Jaccard" or "T2 Spearman in medical"' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand across" -l robustness -d 'The task whose selections are looked at for robustness; the first that selects among options by default' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand across" -l format -d 'How to show it' -r -f -a "text\t''
markdown\t''
json\t''"
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand across" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand across" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand across" -l published -d 'Every published model that comes with alignspec, besides those that are named'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand across" -l partial -d 'Relate the columns over those respondents that have a number for both groups, though others have none'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand across" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand check" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand check" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand check" -l short -d 'One line for each mistake, as compilers and editors have it: file:line:column: error: what is wrong'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand completions" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand completions" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand completions" -s h -l help -d 'Print help'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand diff" -l format -d 'How to show it' -r -f -a "text\t''
markdown\t''
json\t''"
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand diff" -l tasks -d 'Only these tasks, for example T1,T2' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand diff" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand diff" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand doctor" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand doctor" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand explain" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand explain" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand figures" -l groups -d 'The groups of people that stand beside them; all surveys among the baselines by default' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand figures" -l out -d 'The folder that files are written to; those of the same name are replaced' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand figures" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand figures" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand figures" -l published -d 'Every published model that comes with alignspec, besides those that are named'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand figures" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and not __fish_seen_subcommand_from roles filter max-usd comment help" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and not __fish_seen_subcommand_from roles filter max-usd comment help" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and not __fish_seen_subcommand_from roles filter max-usd comment help" -s h -l help -d 'Print help'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and not __fish_seen_subcommand_from roles filter max-usd comment help" -f -a "roles" -d 'Ends with 2 where one of these is no role, and with 3 where there is no usable alignment.toml'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and not __fish_seen_subcommand_from roles filter max-usd comment help" -f -a "filter" -d 'Prints what a test target is to be given to run the trials of this role only, one argument a line'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and not __fish_seen_subcommand_from roles filter max-usd comment help" -f -a "max-usd" -d 'Prints how much may be spent by this crate\'s prices so that the amount is kept by those of the base branch\'s config files, and by the list prices known here, whichever is dearer'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and not __fish_seen_subcommand_from roles filter max-usd comment help" -f -a "comment" -d 'Creates or updates the one comment of a pull request'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and not __fish_seen_subcommand_from roles filter max-usd comment help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from roles" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from roles" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from roles" -s h -l help -d 'Print help'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from filter" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from filter" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from filter" -s h -l help -d 'Print help'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from max-usd" -l base -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from max-usd" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from max-usd" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from max-usd" -s h -l help -d 'Print help'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from comment" -l forge -d 'Where the pull request is' -r -f -a "github\t''
gitlab\t''"
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from comment" -l event -d 'What started the workflow' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from comment" -l number -d 'The number of the pull request' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from comment" -l head-repository -d 'Where the pull request\'s commits are, as OWNER/NAME; at GitLab the number of the project' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from comment" -l author -d 'Who the token writes as: only comments of this author are updated. GitLab is asked who that is' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from comment" -l summary -d 'The job summary, to which what is not done is added' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from comment" -l pause -d 'Milliseconds before all is tried again' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from comment" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from comment" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from comment" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "roles" -d 'Ends with 2 where one of these is no role, and with 3 where there is no usable alignment.toml'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "filter" -d 'Prints what a test target is to be given to run the trials of this role only, one argument a line'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "max-usd" -d 'Prints how much may be spent by this crate\'s prices so that the amount is kept by those of the base branch\'s config files, and by the list prices known here, whichever is dearer'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "comment" -d 'Creates or updates the one comment of a pull request'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand import" -l name -d 'The name of the baseline, as checks will call it; the file is baselines/NAME.toml' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand import" -l role -d 'Whose responses, where the file has those of several: the column role or model, or promptfoo\'s provider' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand import" -l task -d 'The task that was asked, where the file does not say it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand import" -l item -d 'The question that was asked, such as medical.privacy, where the file does not say it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand import" -l column -d 'What the file calls a column, or promptfoo a variable; may be given several times' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand import" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand import" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand import" -l dry-run -d 'Tell all of it, and write nothing'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand init" -l provider -d 'The provider, or http, command or function for a product of your own; by default the one whose usual key variable is set, or else openai' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand init" -l model -d 'The model, as its provider calls it; of a product, its revision (v1 unless given)' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand init" -l base-url -d 'The address of the server, if it is not the provider\'s own; of a service (http), the address that takes a question' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand init" -l key-env -d 'The variable that holds the key; for openai, anthropic and gemini their usual one by default' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand init" -l stories -d 'A table of your stories (CSV), which are to be put in order' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand init" -l role -d 'What the model does in your product: recordings and snapshots are kept under this name' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand init" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand init" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand init" -l demo -d 'A published model in place of one that has to be asked: no key, no network'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand man" -l out -d 'The folder that all pages are written to, for example ~/.local/share/man/man1; pages of the same name are replaced' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand man" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand man" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand man" -s h -l help -d 'Print help'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand merge" -l into -d 'Merge into this folder instead of the one that alignment.toml names' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand merge" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand merge" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand merge" -l fill -d 'Only add responses to samples that have none here: what is recorded here wins. A damaged file in FROM is reported, and what is readable of it is used'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand merge" -l dry-run -d 'Say what would be done, and write nothing'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand models" -l timeout -d 'The longest that a model may take, in seconds' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand models" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand models" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand models" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand plan" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand plan" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand read" -l format -d 'How to show it; with jsonl, standard input is lines of JSON, and each of them gives one line' -r -f -a "text\t''
jsonl\t''"
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand read" -l seed -d 'The seed that options are shuffled with, in place of the one in alignment.toml' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand read" -l role -d 'List the recorded responses of this role, and how each was read' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand read" -l task -d 'Only the responses to this task' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand read" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand read" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand read" -l unread -d 'Only responses that could not be read; refusals are not among them'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand read" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand record" -l role -d 'Only this model; may be given several times' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand record" -l test -d 'The test target, if it is not found automatically' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand record" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand record" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand record" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l role -d 'A role that must have been judged: without its results, the gate does not pass; may be given several times' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l markdown -d 'A job summary, for $GITHUB_STEP_SUMMARY' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l junit -d 'JUnit XML, with the verdicts\' numbers as properties' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l svg -d 'A picture of all intervals' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l html -d 'A page to look at, in one file that loads nothing from anywhere' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l comment -d 'A comment for a pull request, of at most 65,536 characters' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l csv -d 'A folder for tables: answers.csv, invalid.csv, checks.csv and drift.csv' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l json -d 'All results as JSON' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l base -d 'Whose snapshots the comment compares with: the crate\'s folder in a checkout of the base branch, or a git revision' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l base-name -d 'What the comment calls the base branch; as --base names it by default' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l link -d 'The address of the page and all results, which the comment links to' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l comment-name -d 'Tells this comment from those of other gates: letters, digits, dots, dashes and underscores' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l beside -d 'A respondent whose answers stand beside each role\'s in the page\'s figures, as `diff` names it: a model, a baseline, or snapshots; may be given several times. Groups of people among the baselines always do' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l annotations -d 'Print GitHub\'s commands for annotations on the lines of failed checks'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -l partial -d 'Nextest\'s filters left trials out on purpose: trials without a result are listed, but do not stop the gate'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand schema" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand schema" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand watch" -l role -d 'Only this model; may be given several times' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand watch" -l requests -d 'How many questions to ask each role' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand watch" -l id -d 'The name of this watch, which counts once; the time and the process unless given' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand watch" -l dir -d 'The folder of the series and of what was answered' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand watch" -l author -d 'Who the token writes as: only an issue of this author is updated' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand watch" -l pause -d 'Milliseconds before the forge is tried again' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand watch" -l manifest-path -d 'The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder' -r -F
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand watch" -s p -l package -d 'The package of the workspace that is meant, as cargo names it' -r
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand watch" -l issue -d 'Opens or updates one issue where a model has changed. Reads GITHUB_REPOSITORY, GITHUB_TOKEN and GITHUB_API_URL'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "accept" -d 'Makes pending snapshots the baseline: of one role, or of all'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "across" -d 'Shows many respondents side by side: their alignment with two groups, and how robust they are'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "check" -d 'Checks all files and sentences, and asks no model'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "completions" -d 'Prints a script that completes this command line in a shell'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "diff" -d 'Compares two respondents, snapshots, or git revisions of a snapshot.'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "doctor" -d 'Shows what is found of the crate and its surroundings, and what to do about each trouble. No network is used'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "explain" -d 'Explains a sentence: what it measures, when it passes, and what it takes. No model is asked'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "figures" -d 'Draws the study\'s figures of any respondents: an SVG and, beside it, a CSV of its data'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "gate" -d 'What the scripts of the GitHub action need to know of alignment.toml'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "import" -d 'Makes a baseline of answers that were asked elsewhere: promptfoo\'s results, or a table'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "init" -d 'Writes the first files of a gate, and writes over nothing'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "man" -d 'Prints the man page, or writes it and one for each command'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "merge" -d 'Adds what other machines have recorded to this crate\'s recordings'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "models" -d 'Asks each model one question, and says whether it is ready: reached, key found, version, structured output, price'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "plan" -d 'Says what a run would ask, what it would cost, and what it could decide. No model is asked'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "read" -d 'Shows how a response is read, and why'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "record" -d 'Asks models for the answers that are not recorded yet, and keeps them'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "report" -d 'Shows what a run found; its exit code says whether the gate passes'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "schema" -d 'Prints the JSON schema of a file that you write, for editors'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "watch" -d 'Asks each role a few fresh questions of its snapshots, and says when the model behind the name has changed'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and not __fish_seen_subcommand_from accept across check completions diff doctor explain figures gate import init man merge models plan read record report schema watch help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and __fish_seen_subcommand_from gate" -f -a "roles" -d 'Ends with 2 where one of these is no role, and with 3 where there is no usable alignment.toml'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and __fish_seen_subcommand_from gate" -f -a "filter" -d 'Prints what a test target is to be given to run the trials of this role only, one argument a line'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and __fish_seen_subcommand_from gate" -f -a "max-usd" -d 'Prints how much may be spent by this crate\'s prices so that the amount is kept by those of the base branch\'s config files, and by the list prices known here, whichever is dearer'
complete -c cargo-alignspec -n "__fish_cargo_alignspec_using_subcommand help; and __fish_seen_subcommand_from gate" -f -a "comment" -d 'Creates or updates the one comment of a pull request'
