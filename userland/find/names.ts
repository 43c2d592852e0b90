/** Tests of names: -name, -path, -lname, -regex and the like. They need no stat. */
import { compilePattern, FNM_CASEFOLD, matches } from '../libc/fnmatch.ts';
import { S_IFLNK } from '../libc/stat.ts';
import { Regex, RegexError } from '../libc/regex.ts';
import { SysError } from '../libc/native.ts';
import { readlinkat } from '../libc/unistd.ts';
import { isUtf8Locale, quote } from '../coreutils/lib/quote.ts';
import type { Makers, Maker } from './arguments.ts';
import type { Entry } from './entry.ts';
import { emacsToExtended, REGEX_TYPES } from './regex-type.ts';
import { fatal, fileError, say } from './report.ts';

function name(flags: number): Maker {
  return args => {
    const pattern = args.argument();
    if (pattern.includes('/')) {
      const own = args.name;
      args.warn(
        `${quote(own)} matches against basenames only, but the given pattern contains a directory separator (${quote('/')}), thus the expression will evaluate to false all the time.  Did you mean ${quote(own.replace('name', 'wholename'))}?`,
      );
    }
    const compiled = compilePattern(pattern, flags);
    return args.test(1, entry => matches(compiled, entry.name));
  };
}

function path(flags: number): Maker {
  return args => {
    const pattern = args.argument();
    if (pattern.endsWith('/') && pattern !== '/') {
      say(`warning: ${args.name} ${pattern} will not match anything because it ends with /.`);
    }
    const compiled = compilePattern(pattern, flags);
    return args.test(1, entry => matches(compiled, entry.path));
  };
}

/** The target of a symbolic link that is not followed; undefined for other files. */
export function linkTarget(entry: Entry): string | undefined {
  if (entry.type !== S_IFLNK) return undefined;
  try {
    return readlinkat(entry.directory, entry.access);
  } catch (error) {
    if (error instanceof SysError) fileError(entry.path, error);
    return undefined;
  }
}

function linkName(flags: number): Maker {
  return args => {
    const compiled = compilePattern(args.argument(), flags);
    return args.test(3, entry => {
      const target = linkTarget(entry);
      return target !== undefined && matches(compiled, target);
    });
  };
}

function regex(isCaseless: boolean): Maker {
  return args => {
    const pattern = args.argument();
    const kind = REGEX_TYPES[args.settings.regexType]!;
    try {
      const compiled = new Regex(kind === 'emacs' ? emacsToExtended(pattern) : pattern, {
        isExtended: kind !== 'basic',
        isCaseless,
        isUtf8: isUtf8Locale(),
        dialect: 'posix',
        hasGnuEscapes: true,
        lines: 'whole',
        extent: 'line',
      });
      return args.test(1, entry => compiled.test(entry.path));
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      return fatal(`failed to compile regular expression '${pattern}': ${error.message}`);
    }
  };
}

export const nameTests: Makers = {
  name: name(0),
  iname: name(FNM_CASEFOLD),
  path: path(0),
  ipath: path(FNM_CASEFOLD),
  wholename: path(0),
  iwholename: path(FNM_CASEFOLD),
  lname: linkName(0),
  ilname: linkName(FNM_CASEFOLD),
  regex: regex(false),
  iregex: regex(true),
  regextype: args => {
    const type = args.argument();
    if (!Object.hasOwn(REGEX_TYPES, type)) {
      const valid = Object.keys(REGEX_TYPES).map(quote).join(', ');
      return fatal(`Unknown regular expression type ${quote(type)}; valid types are ${valid}.`);
    }
    args.settings.regexType = type;
    return args.always();
  },
};
