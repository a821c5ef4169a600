/**
 * Scripts that complete command lines, with everything in them: no process is started when Tab is pressed. Each finds
 * out first which command the words before the cursor name.
 */
import type { CommandNode, ValueKind } from './command-tree.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export const scripts: Readonly<Record<Shell, (tree: readonly CommandNode[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Of all commands but `m2fp` itself: patterns of `case`. */
function pathsOf(tree: readonly CommandNode[]): string[] {
  return tree.map(({ path }) => path).filter((path) => path !== '');
}

/** For options with a value: the words that lead to it, such as `/parse --out`. */
function valuesOf(tree: readonly CommandNode[]): { readonly after: readonly string[]; readonly value: ValueKind }[] {
  return tree.flatMap(({ path, options }) =>
    options
      .filter(({ value }) => value.kind !== 'none')
      .map(({ flags, value }) => ({ after: flags.map((flag) => `${path} ${flag}`), value })),
  );
}

function bashScript(tree: readonly CommandNode[]): string {
  const quoted = (texts: readonly string[]): string => texts.map((text) => `'${text}'`).join('|');
  const values = valuesOf(tree).map(
    ({ after, value }) => `    ${quoted(after)}) words='${value.words.join(' ')}'; isValue=1 ;;`,
  );
  const words = tree.map(({ path, commands, options, argument }) => {
    const flags = options.flatMap(({ flags }) => flags).join(' ');
    const others = [...commands.map(({ name }) => name), ...argument.words].join(' ');
    return `    '${path}') flags='${flags}'; words='${others}' ;;`;
  });
  // Where COMPREPLY stays empty, "-o default" completes names of files.
  return `# m2fp completion for bash: eval "$(m2fp completion bash)"
_m2fp() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path='' flags='' words='' isValue='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path/\${COMP_WORDS[i]}" in
    ${pathsOf(tree).join('|')}) path="$path/\${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$path $prev" in
${values.join('\n')}
  esac
  if [[ -z $isValue ]]; then
    case "$path" in
${words.join('\n')}
    esac
    if [[ $cur == -* ]]; then words=$flags; fi
  fi
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); fi
}
complete -o bashdefault -o default -F _m2fp m2fp
`;
}

function zshScript(tree: readonly CommandNode[]): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const described = (name: string, text: string): string => quoted(`${name}:${text.replaceAll(':', '\\:')}`);
  const values = valuesOf(tree).map(({ after, value }) => {
    const names = value.words.length > 0 ? `compadd -- ${value.words.join(' ')}` : ':';
    const files = value.kind === 'path' ? '; _files' : '';
    return `    ${after.map(quoted).join('|')}) ${names}${files}; return ;;`;
  });
  const places = tree.map(({ path, commands, options, argument }) => {
    const flags = options.flatMap(({ flags, description }) => flags.map((flag) => described(flag, description)));
    const names = commands.map(({ name, description }) => described(name, description));
    const words = argument.words.map((word) => described(word, ''));
    return `    ${quoted(path)})
      flags=(${flags.join(' ')})
      names=(${[...names, ...words].join(' ')})
      ;;`;
  });
  return `#compdef m2fp
# m2fp completion for zsh: m2fp completion zsh > "\${fpath[1]}/_m2fp", or, after compinit: source <(m2fp completion zsh)
_m2fp() {
  local at='' word
  local -a flags names
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at/$word" in
    ${pathsOf(tree).join('|')}) at="$at/$word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$at" in
${places.join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then
    _describe -o option flags
  elif (( \${#names} > 0 )); then
    _describe command names
  else
    _files
  fi
}
if [[ $funcstack[1] == _m2fp ]]; then _m2fp "$@"; else compdef _m2fp m2fp; fi
`;
}

function fishScript(tree: readonly CommandNode[]): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = tree.flatMap(({ path, commands, options, argument }) => {
    const at = `complete -c m2fp -n '__m2fp_at "${path}"'`;
    const flags = options.map(({ flags, description, value }) => {
      const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
      return `${at} ${names.join(' ')} ${fishValue(value)}-d ${quoted(description)}`;
    });
    const words = argument.words.map((word) => `${at} -f -a ${quoted(word)}`);
    const names = commands.map(({ name, description }) => `${at} -f -a ${quoted(name)} -d ${quoted(description)}`);
    return [...names, ...words, ...flags];
  });
  return `# m2fp completion for fish: m2fp completion fish > ~/.config/fish/completions/m2fp.fish
function __m2fp_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        switch "$at/$word"
            case ${pathsOf(tree).join(' ')}
                set at "$at/$word"
        end
    end
    test "$at" = "$argv[1]"
end
${lines.join('\n')}
`;
}

/** Flags of `complete`: words alone, words and files, or something that is not completed. */
function fishValue({ kind, words }: ValueKind): string {
  const list = words.length > 0 ? `-a '${words.join(' ')}' ` : '';
  if (kind === 'none') return '';
  return kind === 'path' ? `-r ${list}` : `-x ${list}`;
}
