/** What :set changes. Names and abbreviations are vi's. */

export interface Settings {
  autoindent: boolean;
  expandtab: boolean;
  hlsearch: boolean;
  ignorecase: boolean;
  list: boolean;
  number: boolean;
  readonly: boolean;
  ruler: boolean;
  showmode: boolean;
  smartcase: boolean;
  wrapscan: boolean;
  shiftwidth: number;
  tabstop: number;
}

export function defaultSettings(): Settings {
  return {
    autoindent: false,
    expandtab: false,
    hlsearch: false,
    ignorecase: false,
    list: false,
    number: false,
    readonly: false,
    ruler: true,
    showmode: true,
    smartcase: false,
    wrapscan: true,
    shiftwidth: 8,
    tabstop: 8,
  };
}

const SHORT: Readonly<Record<string, keyof Settings>> = {
  ai: 'autoindent',
  et: 'expandtab',
  hls: 'hlsearch',
  ic: 'ignorecase',
  nu: 'number',
  ro: 'readonly',
  ru: 'ruler',
  scs: 'smartcase',
  smd: 'showmode',
  sw: 'shiftwidth',
  ts: 'tabstop',
  ws: 'wrapscan',
};

function fullName(settings: Settings, name: string): keyof Settings | undefined {
  if (Object.hasOwn(SHORT, name)) return SHORT[name];
  return Object.hasOwn(settings, name) ? (name as keyof Settings) : undefined;
}

function show(settings: Settings, name: keyof Settings): string {
  const value = settings[name];
  if (typeof value === 'number') return `  ${name}=${value}`;
  return value ? `  ${name}` : `no${name}`;
}

/** One argument of :set; gives what to tell the user, and throws an Error for a mistake. */
export function applySetting(settings: Settings, argument: string): string | undefined {
  const match = /^(no|inv)?([a-z]+)([?!&]|[=:](.*))?$/.exec(argument);
  if (!match) throw new Error(`E518: Unknown option: ${argument}`);
  let prefix = match[1];
  let name = fullName(settings, match[2]!);
  if (name === undefined || prefix === undefined) {
    const whole = fullName(settings, (prefix ?? '') + match[2]!);
    if (whole !== undefined) [name, prefix] = [whole, undefined];
  }
  if (name === undefined) throw new Error(`E518: Unknown option: ${argument}`);
  const suffix = match[3];
  if (suffix === '?') return show(settings, name);
  if (suffix === '&') {
    Object.assign(settings, { [name]: defaultSettings()[name] });
    return undefined;
  }
  if (typeof settings[name] === 'number') {
    if (prefix !== undefined || suffix === '!') throw new Error(`E474: Invalid argument: ${argument}`);
    if (suffix === undefined) return show(settings, name);
    const value = Number(match[4]);
    if (!/^\d+$/.test(match[4]!)) throw new Error(`E521: Number required after =: ${argument}`);
    if (value < 1 || value > 9999) throw new Error(`E487: Argument must be positive: ${argument}`);
    Object.assign(settings, { [name]: value });
    return undefined;
  }
  if (suffix !== undefined && suffix !== '!') throw new Error(`E474: Invalid argument: ${argument}`);
  const isToggled = prefix === 'inv' || suffix === '!';
  Object.assign(settings, { [name]: isToggled ? !settings[name] : prefix === undefined });
  return undefined;
}

/** All settings (`all`), or those that are not the default. */
export function listSettings(settings: Settings, which: 'all' | 'changed'): string[] {
  const usual = defaultSettings();
  return (Object.keys(usual) as (keyof Settings)[])
    .filter(name => which === 'all' || settings[name] !== usual[name])
    .map(name => show(settings, name));
}
