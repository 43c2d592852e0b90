/** The backslash escapes of PS1 and PS2 that bash and busybox know. */
import { geteuid, gethostname, ttyname } from '../libc/unistd.ts';
import { userById } from '../libc/pwd.ts';
import { localtime, strftime, time } from '../libc/time.ts';
import { SysError } from '../libc/native.ts';
import type { Shell } from './shell.ts';

export function expandPromptEscapes(shell: Shell, prompt: string): string {
  if (!prompt.includes('\\')) return prompt;
  return prompt.replace(/\\(?:([0-7]{3})|D\{([^}]*)\}|([^]))/g, (whole, octal, format, letter) => {
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 0xff);
    if (format !== undefined) return date(format === '' ? '%H:%M:%S' : format);
    return expandEscape(shell, letter) ?? whole;
  });
}

function date(format: string): string {
  return strftime(format, localtime(time()));
}

/** A value that is to stand in the prompt as it is: parameter expansion comes after. */
function literal(text: string): string {
  return text.replace(/[\\$`]/g, '\\$&');
}

function expandEscape(shell: Shell, letter: string): string | undefined {
  switch (letter) {
    case 'u':
      return literal(userById(geteuid())?.name ?? shell.variables.get('USER') ?? '');
    case 'h':
      return literal(gethostname().replace(/\..*$/, ''));
    case 'H':
      return literal(gethostname());
    case 'w':
    case 'W': {
      const directory = shell.variables.get('PWD') ?? '';
      const home = shell.variables.get('HOME') ?? '';
      const isBelow = home !== '' && home !== '/' && (directory === home || directory.startsWith(`${home}/`));
      const shown = isBelow ? `~${directory.slice(home.length)}` : directory;
      if (letter === 'w' || shown === '/' || shown === '~') return literal(shown);
      return literal(shown.slice(shown.lastIndexOf('/') + 1));
    }
    case '$':
      return geteuid() === 0 ? '#' : '\\$';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return date('%H:%M:%S');
    case 'T':
      return date('%I:%M:%S');
    case 'A':
      return date('%H:%M');
    case '@':
      return date('%I:%M %p');
    case 'd':
      return date('%a %b %d');
    case 's':
      return literal(shell.name.replace(/^.*\/|^-/, ''));
    case 'v':
    case 'V':
      return '1.0';
    case 'j':
      return String(shell.jobs.jobs.length);
    case 'l':
      return terminalName();
    case '!':
    case '#':
      return String(shell.history.length + 1);
    case 'a':
      return '\x07';
    case 'e':
      return '\x1b';
    // Marks around characters that take no room; the line editor looks for escape sequences itself.
    case '[':
    case ']':
      return '';
    case '\\':
      return '\\\\';
    default:
      return undefined;
  }
}

function terminalName(): string {
  try {
    return ttyname(0).replace(/^\/dev\//, '');
  } catch (error) {
    if (error instanceof SysError) return 'tty';
    throw error;
  }
}
