import { Argument, type Command } from "commander";
import { addExamples } from "./command-help.js";
import { print } from "./output.js";

/** A word that may come next, and what it is for. */
interface Word {
  readonly word: string;
  readonly about: string;
}

/** A command and its options. */
interface CommandWords extends Word {
  readonly options: readonly Word[];
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(command, "zarrzip completion bash", "zarrzip completion fish");
  command
    .description("Print what makes a shell complete commands and options, to be run by it or put where it looks.")
    .addArgument(new Argument("<shell>").choices(Object.keys(scripts)))
    .action(async (shell: string) => {
      const commands = (command.parent?.commands ?? []).map((one) => ({
        ...{ word: one.name(), about: one.summary() },
        options: one.options.map(({ long, description }) => ({ word: long ?? "", about: description })),
      }));
      await print(scripts[shell]!(commands));
    });
}

const scripts: Readonly<Record<string, (commands: readonly CommandWords[]) => string>> = {
  bash: (commands) => `# source <(zarrzip completion bash)
_zarrzip() {
  local current=\${COMP_WORDS[COMP_CWORD]} words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${commands.map(({ word }) => word).join(" ")}'
  else
    case \${COMP_WORDS[1]} in
${commands.map(({ word, options }) => `      ${word}) words='${options.map((option) => option.word).join(" ")}' ;;`).join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case $current in
    -*) ;;
    *)
      local name
      while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen -f -- "$current")
      ;;
  esac
}
complete -o filenames -F _zarrzip zarrzip
`,
  zsh: (commands) => `#compdef zarrzip
# source <(zarrzip completion zsh), or a file _zarrzip of the folders in $fpath
_zarrzip() {
  local -a commands=(${commands.map(({ word, about }) => quoted(`${word}:${about}`)).join(" ")})
  local -a options
  if (( CURRENT == 2 )); then
    _describe command commands
    _files
    return
  fi
  case $words[2] in
${commands.map(({ word, options }) => `    ${word}) options=(${options.map((option) => quoted(`${option.word}:${option.about.replaceAll(":", "\\:")}`)).join(" ")}) ;;`).join("\n")}
  esac
  if [[ $words[CURRENT] == -* ]]; then
    _describe -o option options
  else
    _files
  fi
}
if [ "$funcstack[1]" = _zarrzip ]; then
  _zarrzip "$@"
else
  compdef _zarrzip zarrzip
fi
`,
  fish: (commands) =>
    commands
      .flatMap(({ word, about, options }) => [
        `complete -c zarrzip -n __fish_use_subcommand -a ${word} -d ${quoted(about)}`,
        ...options.map(
          (option) =>
            `complete -c zarrzip -n '__fish_seen_subcommand_from ${word}' -l ${option.word.replace(/^--/, "")} -d ${quoted(option.about)}`,
        ),
      ])
      .join("\n")
      .concat("\n"),
};

/** A text as one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
