/** Options of less and more, from the command line, $LESS, and the - command. */
export interface LessSettings {
  isChopped: boolean;
  hasNumbers: boolean;
  hasColours: boolean;
  ignoreCase: 'no' | 'smart' | 'always';
  quitIfOneScreen: boolean;
  quitAtEnd: 'no' | 'second' | 'first';
  noInit: boolean;
  isMore: boolean;
  squeezes: boolean;
}

export function defaultLessSettings(): LessSettings {
  return {
    isChopped: false,
    hasNumbers: false,
    hasColours: false,
    ignoreCase: 'no',
    quitIfOneScreen: false,
    quitAtEnd: 'no',
    noInit: false,
    isMore: false,
    squeezes: false,
  };
}

/** Turns an option on, or over if it is on; what to tell, or undefined for an unknown one. */
export function toggleLessOption(settings: LessSettings, letter: string): string | undefined {
  switch (letter) {
    case 'S':
      settings.isChopped = !settings.isChopped;
      return settings.isChopped ? 'Chop long lines' : 'Fold long lines';
    case 'N':
      settings.hasNumbers = !settings.hasNumbers;
      return settings.hasNumbers ? 'Constantly display line numbers' : "Don't use line numbers";
    case 'n':
      settings.hasNumbers = false;
      return "Don't use line numbers";
    case 'R':
    case 'r':
      settings.hasColours = !settings.hasColours;
      return settings.hasColours
        ? 'Display ANSI sequences directly, other control characters as ^X'
        : 'Display control characters as ^X';
    case 'i':
      settings.ignoreCase = settings.ignoreCase === 'smart' ? 'no' : 'smart';
      return settings.ignoreCase === 'smart' ? 'Ignore case in searches' : 'Case is significant in searches';
    case 'I':
      settings.ignoreCase = settings.ignoreCase === 'always' ? 'no' : 'always';
      return settings.ignoreCase === 'always'
        ? 'Ignore case in searches and in patterns'
        : 'Case is significant in searches';
    case 'F':
      settings.quitIfOneScreen = !settings.quitIfOneScreen;
      return settings.quitIfOneScreen ? 'Quit if one screen' : "Don't quit if one screen";
    case 'E':
      settings.quitAtEnd = settings.quitAtEnd === 'first' ? 'no' : 'first';
      return settings.quitAtEnd === 'first' ? 'Quit at end-of-file' : "Don't quit at end-of-file";
    case 'e':
      settings.quitAtEnd = settings.quitAtEnd === 'second' ? 'no' : 'second';
      return 'Quit at the second end-of-file';
    case 'X':
      settings.noInit = !settings.noInit;
      return settings.noInit ? "Don't send terminal init string" : 'Send terminal init string';
    case 's':
      settings.squeezes = !settings.squeezes;
      return settings.squeezes ? 'Squeeze multiple blank lines' : 'Display all blank lines';
    default:
      return undefined;
  }
}
