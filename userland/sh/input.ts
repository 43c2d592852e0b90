/** Where the commands of a shell come from: a text, a script file, standard input, or the line editor. */
import { EINTR } from '../../kernel/abi/errno.ts';
import { SysError } from '../libc/native.ts';
import { LineEditor } from './editor/line-editor.ts';
import { LineInput } from './line-input.ts';
import { addToHistory } from './history.ts';
import { pollJobs } from './builtins/jobs.ts';
import { describeJob, jobState } from './jobs.ts';
import { expandPromptEscapes } from './prompt.ts';
import type { Shell } from './shell.ts';
import { takeSignals } from './signals.ts';
import type { LineSource } from './source.ts';

/** Shows lines as they are read (-v). */
export function verbose(shell: Shell, lines: LineSource): LineSource {
  return {
    next: isContinuation => {
      const piece = lines.next(isContinuation);
      if (piece !== undefined && shell.options.has('verbose')) shell.say(piece);
      return piece;
    },
  };
}

/** A text line by line, so that -v shows each line before it runs. */
export function scriptSource(text: string): LineSource {
  let at = 0;
  return {
    next: () => {
      if (at >= text.length) return undefined;
      const newline = text.indexOf('\n', at);
      const end = newline < 0 ? text.length : newline + 1;
      const line = text.slice(at, end);
      at = end;
      return line;
    },
  };
}

/** Commands from standard input, which the commands themselves may read too. */
export function standardInput(shell: Shell): LineSource {
  return {
    next: () => {
      const input = new LineInput(0);
      let line = '';
      while (!line.endsWith('\n')) {
        try {
          const piece = input.line('\n');
          if (piece === '') break;
          line += piece;
        } catch (error) {
          if (!(error instanceof SysError) || error.errno !== EINTR) throw error;
          takeSignals(shell);
        }
      }
      return line === '' ? undefined : line;
    },
  };
}

/** Commands typed at the terminal. */
export function interactiveInput(shell: Shell): LineSource {
  const editor = LineEditor.forTerminal(shell);
  return {
    next: isContinuation => {
      if (!isContinuation) {
        takeSignals(shell);
        announceJobs(shell);
      }
      const variable = isContinuation ? 'PS2' : 'PS1';
      const prompt = shell.expandPrompt(expandPromptEscapes(shell, shell.variables.get(variable) ?? ''));
      if (!editor) {
        shell.say(prompt);
        return plainLine(shell);
      }
      const line = editor.readLine(prompt);
      if (line === undefined) return undefined;
      addToHistory(shell, line, isContinuation);
      return `${line}\n`;
    },
  };
}

/** An interactive shell whose input is no terminal (`sh -i <file`). */
function plainLine(shell: Shell): string | undefined {
  return standardInput(shell).next(false);
}

/** «[1] + Done …»: what became of background jobs since the last prompt. */
function announceJobs(shell: Shell): void {
  const { jobs } = shell;
  pollJobs(shell);
  for (const job of [...jobs.jobs]) {
    if (!job.isChanged) continue;
    job.isChanged = false;
    shell.say(describeJob(jobs, job, 'plain'));
    if (jobState(job) === 'done') jobs.remove(job);
  }
}
