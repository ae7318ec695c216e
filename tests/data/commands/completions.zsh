#compdef cargo-alignspec

autoload -U is-at-least

_cargo-alignspec() {
    typeset -A opt_args
    typeset -a _arguments_options
    local ret=1

    if is-at-least 5.2; then
        _arguments_options=(-s -S -C)
    else
        _arguments_options=(-s -C)
    fi

    local context curcontext="$curcontext" state line
    _arguments "${_arguments_options[@]}" : \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help]' \
'--help[Print help]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_cargo-alignspec_commands" \
"*::: :->cargo-alignspec" \
&& ret=0
    case $state in
    (cargo-alignspec)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:cargo-alignspec-command-$line[1]:"
        case $line[1] in
            (accept)
_arguments "${_arguments_options[@]}" : \
'--role=[Only the snapshots of this role]:ROLE:_default' \
'--task=[Only the snapshots of this task]:TASK:_default' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--renew[Make the recorded answers of today'\''s model the snapshot where they have not drifted from it, so that its head names that model]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(across)
_arguments "${_arguments_options[@]}" : \
'*--groups=[The two groups\: baselines, or models]:A,B:_default' \
'--by=[How alignment is measured\: a check up to its \`with\`, such as "T1 top-5 Jaccard" or "T2 Spearman in medical"]:MEASURE:_default' \
'--robustness=[The task whose selections are looked at for robustness; the first that selects among options by default]:TASK:_default' \
'--format=[How to show it]:FORMAT:(text markdown json)' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--published[Every published model that comes with alignspec, besides those that are named]' \
'--partial[Relate the columns over those respondents that have a number for both groups, though others have none]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::respondents -- Who is meant; all models of alignment.toml where nobody is named and --published is not given:_default' \
&& ret=0
;;
(check)
_arguments "${_arguments_options[@]}" : \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--short[One line for each mistake, as compilers and editors have it\: file\:line\:column\: error\: what is wrong]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(completions)
_arguments "${_arguments_options[@]}" : \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help]' \
'--help[Print help]' \
':shell -- The shell that the script is for:(bash elvish fish powershell zsh)' \
&& ret=0
;;
(diff)
_arguments "${_arguments_options[@]}" : \
'--format=[How to show it]:FORMAT:(text markdown json)' \
'*--tasks=[Only these tasks, for example T1,T2]:TASKS:_default' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':before -- The side before:_default' \
':now -- The side now:_default' \
&& ret=0
;;
(doctor)
_arguments "${_arguments_options[@]}" : \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(explain)
_arguments "${_arguments_options[@]}" : \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':sentence -- The sentence, as after `expect =`:_default' \
&& ret=0
;;
(figures)
_arguments "${_arguments_options[@]}" : \
'*--groups=[The groups of people that stand beside them; all surveys among the baselines by default]:GROUPS:_default' \
'--out=[The folder that files are written to; those of the same name are replaced]:DIR:_files' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--published[Every published model that comes with alignspec, besides those that are named]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::respondents -- Who is meant; all models of alignment.toml where nobody is named and --published is not given:_default' \
&& ret=0
;;
(gate)
_arguments "${_arguments_options[@]}" : \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help]' \
'--help[Print help]' \
":: :_cargo-alignspec__subcmd__gate_commands" \
"*::: :->gate" \
&& ret=0

    case $state in
    (gate)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:cargo-alignspec-gate-command-$line[1]:"
        case $line[1] in
            (roles)
_arguments "${_arguments_options[@]}" : \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help]' \
'--help[Print help]' \
'*::roles:_default' \
&& ret=0
;;
(filter)
_arguments "${_arguments_options[@]}" : \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help]' \
'--help[Print help]' \
':role:_default' \
&& ret=0
;;
(max-usd)
_arguments "${_arguments_options[@]}" : \
'*--base=[]:FILE:_files' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help]' \
'--help[Print help]' \
':amount:_default' \
&& ret=0
;;
(comment)
_arguments "${_arguments_options[@]}" : \
'--forge=[Where the pull request is]:FORGE:(github gitlab)' \
'--event=[What started the workflow]:EVENT:_default' \
'--number=[The number of the pull request]:NUMBER:_default' \
'--head-repository=[Where the pull request'\''s commits are, as OWNER/NAME; at GitLab the number of the project]:HEAD_REPOSITORY:_default' \
'--author=[Who the token writes as\: only comments of this author are updated. GitLab is asked who that is]:AUTHOR:_default' \
'--summary=[The job summary, to which what is not done is added]:FILE:_files' \
'--pause=[Milliseconds before all is tried again]:PAUSE:_default' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':file -- What `cargo alignspec report --comment` has written:_files' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_cargo-alignspec__subcmd__gate__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:cargo-alignspec-gate-help-command-$line[1]:"
        case $line[1] in
            (roles)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(filter)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(max-usd)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(comment)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(import)
_arguments "${_arguments_options[@]}" : \
'--name=[The name of the baseline, as checks will call it; the file is baselines/NAME.toml]:NAME:_default' \
'--role=[Whose responses, where the file has those of several\: the column role or model, or promptfoo'\''s provider]:WHO:_default' \
'--task=[The task that was asked, where the file does not say it]:TASK:_default' \
'--item=[The question that was asked, such as medical.privacy, where the file does not say it]:ITEM:_default' \
'*--column=[What the file calls a column, or promptfoo a variable; may be given several times]:COLUMN=THEIRS:_default' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--dry-run[Tell all of it, and write nothing]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':file -- What promptfoo wrote (`promptfoo eval --output results.json`), or a table with a row for each response (.csv):_files' \
&& ret=0
;;
(init)
_arguments "${_arguments_options[@]}" : \
'--provider=[The provider, or http, command or function for a product of your own; by default the one whose usual key variable is set, or else openai]:NAME:_default' \
'--model=[The model, as its provider calls it; of a product, its revision (v1 unless given)]:ID:_default' \
'--base-url=[The address of the server, if it is not the provider'\''s own; of a service (http), the address that takes a question]:URL:_default' \
'--key-env=[The variable that holds the key; for openai, anthropic and gemini their usual one by default]:VARIABLE:_default' \
'--stories=[A table of your stories (CSV), which are to be put in order]:FILE:_files' \
'--role=[What the model does in your product\: recordings and snapshots are kept under this name]:NAME:_default' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'(--provider --model --base-url --key-env --stories)--demo[A published model in place of one that has to be asked\: no key, no network]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::program -- With --provider command\: the program that answers, and its arguments:_default' \
&& ret=0
;;
(man)
_arguments "${_arguments_options[@]}" : \
'--out=[The folder that all pages are written to, for example ~/.local/share/man/man1; pages of the same name are replaced]:DIR:_files' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(merge)
_arguments "${_arguments_options[@]}" : \
'--into=[Merge into this folder instead of the one that alignment.toml names]:DIR:_files' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--fill[Only add responses to samples that have none here\: what is recorded here wins. A damaged file in FROM is reported, and what is readable of it is used]' \
'--dry-run[Say what would be done, and write nothing]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::from -- Folders like `recordings` from other machines, or single .jsonl files in such folders:_files' \
&& ret=0
;;
(models)
_arguments "${_arguments_options[@]}" : \
'--timeout=[The longest that a model may take, in seconds]:SECONDS:_default' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::roles -- Only these roles; all that are asked where none is named:_default' \
&& ret=0
;;
(plan)
_arguments "${_arguments_options[@]}" : \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'::filter -- Only tests with this in their names:_default' \
&& ret=0
;;
(read)
_arguments "${_arguments_options[@]}" : \
'--format=[How to show it; with jsonl, standard input is lines of JSON, and each of them gives one line]:FORMAT:(text jsonl)' \
'--seed=[The seed that options are shuffled with, in place of the one in alignment.toml]:N:_default' \
'--role=[List the recorded responses of this role, and how each was read]:ROLE:_default' \
'--task=[Only the responses to this task]:TASK:_default' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--unread[Only responses that could not be read; refusals are not among them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'::asked -- The task that was asked, for example T2:_default' \
'::item -- The question of the task, for example medical.privacy or medical.autonomy/safety; the first by default:_default' \
&& ret=0
;;
(record)
_arguments "${_arguments_options[@]}" : \
'*--role=[Only this model; may be given several times]:ROLE:_default' \
'--test=[The test target, if it is not found automatically]:NAME:_default' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::further -- Arguments for `cargo test`, and after another `--` for the target:_default' \
&& ret=0
;;
(report)
_arguments "${_arguments_options[@]}" : \
'*--role=[A role that must have been judged\: without its results, the gate does not pass; may be given several times]:ROLE:_default' \
'--markdown=[A job summary, for \$GITHUB_STEP_SUMMARY]:FILE:_files' \
'--junit=[JUnit XML, with the verdicts'\'' numbers as properties]:FILE:_files' \
'--svg=[A picture of all intervals]:FILE:_files' \
'--html=[A page to look at, in one file that loads nothing from anywhere]:FILE:_files' \
'--comment=[A comment for a pull request, of at most 65,536 characters]:FILE:_files' \
'--csv=[A folder for tables\: answers.csv, invalid.csv, checks.csv and drift.csv]:DIR:_files' \
'--json=[All results as JSON]:FILE:_files' \
'--base=[Whose snapshots the comment compares with\: the crate'\''s folder in a checkout of the base branch, or a git revision]:BASE:_default' \
'--base-name=[What the comment calls the base branch; as --base names it by default]:NAME:_default' \
'--link=[The address of the page and all results, which the comment links to]:URL:_default' \
'--comment-name=[Tells this comment from those of other gates\: letters, digits, dots, dashes and underscores]:NAME:_default' \
'*--beside=[A respondent whose answers stand beside each role'\''s in the page'\''s figures, as \`diff\` names it\: a model, a baseline, or snapshots; may be given several times. Groups of people among the baselines always do]:RESPONDENT:_default' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--annotations[Print GitHub'\''s commands for annotations on the lines of failed checks]' \
'--partial[Nextest'\''s filters left trials out on purpose\: trials without a result are listed, but do not stop the gate]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::folders -- Folders that ALIGNSPEC_RESULTS named, one for each shard or machine:_files' \
&& ret=0
;;
(schema)
_arguments "${_arguments_options[@]}" : \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':file -- The file that it is for\: alignment.toml, a suite, or a baseline:(alignment suite baseline)' \
&& ret=0
;;
(watch)
_arguments "${_arguments_options[@]}" : \
'*--role=[Only this model; may be given several times]:ROLE:_default' \
'--requests=[How many questions to ask each role]:N:_default' \
'--id=[The name of this watch, which counts once; the time and the process unless given]:ID:_default' \
'--dir=[The folder of the series and of what was answered]:DIR:_files' \
'--author=[Who the token writes as\: only an issue of this author is updated]:LOGIN:_default' \
'--pause=[Milliseconds before the forge is tried again]:PAUSE:_default' \
'--manifest-path=[The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder]:PATH:_files' \
'-p+[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--package=[The package of the workspace that is meant, as cargo names it]:NAME:_default' \
'--issue[Opens or updates one issue where a model has changed. Reads GITHUB_REPOSITORY, GITHUB_TOKEN and GITHUB_API_URL]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_cargo-alignspec__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:cargo-alignspec-help-command-$line[1]:"
        case $line[1] in
            (accept)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(across)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(check)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(completions)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(diff)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(doctor)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(explain)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(figures)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(gate)
_arguments "${_arguments_options[@]}" : \
":: :_cargo-alignspec__subcmd__help__subcmd__gate_commands" \
"*::: :->gate" \
&& ret=0

    case $state in
    (gate)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:cargo-alignspec-help-gate-command-$line[1]:"
        case $line[1] in
            (roles)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(filter)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(max-usd)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(comment)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(import)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(init)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(man)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(merge)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(models)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(plan)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(read)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(record)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(report)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(schema)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(watch)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
}

(( $+functions[_cargo-alignspec_commands] )) ||
_cargo-alignspec_commands() {
    local commands; commands=(
'accept:Makes pending snapshots the baseline\: of one role, or of all' \
'across:Shows many respondents side by side\: their alignment with two groups, and how robust they are' \
'check:Checks all files and sentences, and asks no model' \
'completions:Prints a script that completes this command line in a shell' \
'diff:Compares two respondents, snapshots, or git revisions of a snapshot.' \
'doctor:Shows what is found of the crate and its surroundings, and what to do about each trouble. No network is used' \
'explain:Explains a sentence\: what it measures, when it passes, and what it takes. No model is asked' \
'figures:Draws the study'\''s figures of any respondents\: an SVG and, beside it, a CSV of its data' \
'gate:What the scripts of the GitHub action need to know of alignment.toml' \
'import:Makes a baseline of answers that were asked elsewhere\: promptfoo'\''s results, or a table' \
'init:Writes the first files of a gate, and writes over nothing' \
'man:Prints the man page, or writes it and one for each command' \
'merge:Adds what other machines have recorded to this crate'\''s recordings' \
'models:Asks each model one question, and says whether it is ready\: reached, key found, version, structured output, price' \
'plan:Says what a run would ask, what it would cost, and what it could decide. No model is asked' \
'read:Shows how a response is read, and why' \
'record:Asks models for the answers that are not recorded yet, and keeps them' \
'report:Shows what a run found; its exit code says whether the gate passes' \
'schema:Prints the JSON schema of a file that you write, for editors' \
'watch:Asks each role a few fresh questions of its snapshots, and says when the model behind the name has changed' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'cargo-alignspec commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__accept_commands] )) ||
_cargo-alignspec__subcmd__accept_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec accept commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__across_commands] )) ||
_cargo-alignspec__subcmd__across_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec across commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__check_commands] )) ||
_cargo-alignspec__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec check commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__completions_commands] )) ||
_cargo-alignspec__subcmd__completions_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec completions commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__diff_commands] )) ||
_cargo-alignspec__subcmd__diff_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec diff commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__doctor_commands] )) ||
_cargo-alignspec__subcmd__doctor_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec doctor commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__explain_commands] )) ||
_cargo-alignspec__subcmd__explain_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec explain commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__figures_commands] )) ||
_cargo-alignspec__subcmd__figures_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec figures commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__gate_commands] )) ||
_cargo-alignspec__subcmd__gate_commands() {
    local commands; commands=(
'roles:Ends with 2 where one of these is no role, and with 3 where there is no usable alignment.toml' \
'filter:Prints what a test target is to be given to run the trials of this role only, one argument a line' \
'max-usd:Prints how much may be spent by this crate'\''s prices so that the amount is kept by those of the base branch'\''s config files, and by the list prices known here, whichever is dearer' \
'comment:Creates or updates the one comment of a pull request' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'cargo-alignspec gate commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__gate__subcmd__comment_commands] )) ||
_cargo-alignspec__subcmd__gate__subcmd__comment_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec gate comment commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__gate__subcmd__filter_commands] )) ||
_cargo-alignspec__subcmd__gate__subcmd__filter_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec gate filter commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__gate__subcmd__help_commands] )) ||
_cargo-alignspec__subcmd__gate__subcmd__help_commands() {
    local commands; commands=(
'roles:Ends with 2 where one of these is no role, and with 3 where there is no usable alignment.toml' \
'filter:Prints what a test target is to be given to run the trials of this role only, one argument a line' \
'max-usd:Prints how much may be spent by this crate'\''s prices so that the amount is kept by those of the base branch'\''s config files, and by the list prices known here, whichever is dearer' \
'comment:Creates or updates the one comment of a pull request' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'cargo-alignspec gate help commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__gate__subcmd__help__subcmd__comment_commands] )) ||
_cargo-alignspec__subcmd__gate__subcmd__help__subcmd__comment_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec gate help comment commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__gate__subcmd__help__subcmd__filter_commands] )) ||
_cargo-alignspec__subcmd__gate__subcmd__help__subcmd__filter_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec gate help filter commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__gate__subcmd__help__subcmd__help_commands] )) ||
_cargo-alignspec__subcmd__gate__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec gate help help commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__gate__subcmd__help__subcmd__max-usd_commands] )) ||
_cargo-alignspec__subcmd__gate__subcmd__help__subcmd__max-usd_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec gate help max-usd commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__gate__subcmd__help__subcmd__roles_commands] )) ||
_cargo-alignspec__subcmd__gate__subcmd__help__subcmd__roles_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec gate help roles commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__gate__subcmd__max-usd_commands] )) ||
_cargo-alignspec__subcmd__gate__subcmd__max-usd_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec gate max-usd commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__gate__subcmd__roles_commands] )) ||
_cargo-alignspec__subcmd__gate__subcmd__roles_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec gate roles commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help_commands] )) ||
_cargo-alignspec__subcmd__help_commands() {
    local commands; commands=(
'accept:Makes pending snapshots the baseline\: of one role, or of all' \
'across:Shows many respondents side by side\: their alignment with two groups, and how robust they are' \
'check:Checks all files and sentences, and asks no model' \
'completions:Prints a script that completes this command line in a shell' \
'diff:Compares two respondents, snapshots, or git revisions of a snapshot.' \
'doctor:Shows what is found of the crate and its surroundings, and what to do about each trouble. No network is used' \
'explain:Explains a sentence\: what it measures, when it passes, and what it takes. No model is asked' \
'figures:Draws the study'\''s figures of any respondents\: an SVG and, beside it, a CSV of its data' \
'gate:What the scripts of the GitHub action need to know of alignment.toml' \
'import:Makes a baseline of answers that were asked elsewhere\: promptfoo'\''s results, or a table' \
'init:Writes the first files of a gate, and writes over nothing' \
'man:Prints the man page, or writes it and one for each command' \
'merge:Adds what other machines have recorded to this crate'\''s recordings' \
'models:Asks each model one question, and says whether it is ready\: reached, key found, version, structured output, price' \
'plan:Says what a run would ask, what it would cost, and what it could decide. No model is asked' \
'read:Shows how a response is read, and why' \
'record:Asks models for the answers that are not recorded yet, and keeps them' \
'report:Shows what a run found; its exit code says whether the gate passes' \
'schema:Prints the JSON schema of a file that you write, for editors' \
'watch:Asks each role a few fresh questions of its snapshots, and says when the model behind the name has changed' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'cargo-alignspec help commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__accept_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__accept_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help accept commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__across_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__across_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help across commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__check_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help check commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__completions_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__completions_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help completions commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__diff_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__diff_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help diff commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__doctor_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__doctor_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help doctor commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__explain_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__explain_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help explain commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__figures_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__figures_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help figures commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__gate_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__gate_commands() {
    local commands; commands=(
'roles:Ends with 2 where one of these is no role, and with 3 where there is no usable alignment.toml' \
'filter:Prints what a test target is to be given to run the trials of this role only, one argument a line' \
'max-usd:Prints how much may be spent by this crate'\''s prices so that the amount is kept by those of the base branch'\''s config files, and by the list prices known here, whichever is dearer' \
'comment:Creates or updates the one comment of a pull request' \
    )
    _describe -t commands 'cargo-alignspec help gate commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__gate__subcmd__comment_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__gate__subcmd__comment_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help gate comment commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__gate__subcmd__filter_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__gate__subcmd__filter_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help gate filter commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__gate__subcmd__max-usd_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__gate__subcmd__max-usd_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help gate max-usd commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__gate__subcmd__roles_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__gate__subcmd__roles_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help gate roles commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__help_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help help commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__import_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__import_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help import commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__init_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__init_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help init commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__man_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__man_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help man commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__merge_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__merge_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help merge commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__models_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__models_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help models commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__plan_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__plan_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help plan commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__read_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__read_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help read commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__record_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__record_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help record commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__report_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__report_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help report commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__schema_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__schema_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help schema commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__help__subcmd__watch_commands] )) ||
_cargo-alignspec__subcmd__help__subcmd__watch_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec help watch commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__import_commands] )) ||
_cargo-alignspec__subcmd__import_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec import commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__init_commands] )) ||
_cargo-alignspec__subcmd__init_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec init commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__man_commands] )) ||
_cargo-alignspec__subcmd__man_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec man commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__merge_commands] )) ||
_cargo-alignspec__subcmd__merge_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec merge commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__models_commands] )) ||
_cargo-alignspec__subcmd__models_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec models commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__plan_commands] )) ||
_cargo-alignspec__subcmd__plan_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec plan commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__read_commands] )) ||
_cargo-alignspec__subcmd__read_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec read commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__record_commands] )) ||
_cargo-alignspec__subcmd__record_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec record commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__report_commands] )) ||
_cargo-alignspec__subcmd__report_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec report commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__schema_commands] )) ||
_cargo-alignspec__subcmd__schema_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec schema commands' commands "$@"
}
(( $+functions[_cargo-alignspec__subcmd__watch_commands] )) ||
_cargo-alignspec__subcmd__watch_commands() {
    local commands; commands=()
    _describe -t commands 'cargo-alignspec watch commands' commands "$@"
}

if [ "$funcstack[1]" = "_cargo-alignspec" ]; then
    _cargo-alignspec "$@"
else
    compdef _cargo-alignspec cargo-alignspec
fi
