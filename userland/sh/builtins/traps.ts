/** trap, times, ulimit. */
import { signalByName, signalName } from '../../libc/signal.ts';
import * as resource from '../../libc/resource.ts';
import { quoteValue } from '../variables.ts';
import { BuiltinError, type Builtin } from './builtin.ts';

function conditionName(signo: number): string {
  return signo === 0 ? 'EXIT' : signalName(signo).replace(/^SIG/, '');
}

function conditionNumber(name: string): number | undefined {
  return name === 'EXIT' || name === '0' ? 0 : signalByName(name);
}

export const trap: Builtin = {
  isSpecial: true,
  run: (shell, args) => {
    const operands = args[1] === '--' ? args.slice(2) : args.slice(1);
    const { traps } = shell;
    const isListing = operands.length === 0 || operands[0] === '-p';
    if (isListing || operands[0] === '-l') {
      const shown = traps.inherited ?? traps.actions;
      const wanted = operands.slice(1).map(conditionNumber);
      for (const [signo, action] of [...shown].sort(([a], [b]) => a - b)) {
        if (wanted.length > 0 && !wanted.includes(signo)) continue;
        shell.print(`trap -- ${quoteValue(action)} ${conditionName(signo)}\n`);
      }
      return 0;
    }
    // A number first, or one word only: the conditions go back to their defaults.
    const isReset = operands.length === 1 || /^[0-9]+$/.test(operands[0]!);
    const action = isReset || operands[0] === '-' ? undefined : operands[0];
    let status = 0;
    for (const name of isReset ? operands : operands.slice(1)) {
      const signo = conditionNumber(name);
      if (signo === undefined) {
        shell.say(`trap: ${name}: bad trap\n`);
        status = 1;
      } else traps.set(signo, action);
    }
    return status;
  },
};

export const times: Builtin = {
  isSpecial: true,
  run: shell => {
    for (const who of [resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN]) {
      const usage = resource.getrusage(who);
      const format = (seconds: number): string => `${Math.floor(seconds / 60)}m${(seconds % 60).toFixed(6)}s`;
      const user = usage.utimeSec + usage.utimeUsec / 1e6;
      const system = usage.stimeSec + usage.stimeUsec / 1e6;
      shell.print(`${format(user)} ${format(system)}\n`);
    }
    return 0;
  },
};

const LIMITS: readonly { letter: string; name: string; resource: number; unit: number }[] = [
  { letter: 't', name: 'time(seconds)', resource: resource.RLIMIT_CPU, unit: 1 },
  { letter: 'f', name: 'file(blocks)', resource: resource.RLIMIT_FSIZE, unit: 512 },
  { letter: 'd', name: 'data(kbytes)', resource: resource.RLIMIT_DATA, unit: 1024 },
  { letter: 's', name: 'stack(kbytes)', resource: resource.RLIMIT_STACK, unit: 1024 },
  { letter: 'c', name: 'coredump(blocks)', resource: resource.RLIMIT_CORE, unit: 512 },
  { letter: 'm', name: 'memory(kbytes)', resource: resource.RLIMIT_RSS, unit: 1024 },
  { letter: 'l', name: 'locked memory(kbytes)', resource: resource.RLIMIT_MEMLOCK, unit: 1024 },
  { letter: 'p', name: 'process', resource: resource.RLIMIT_NPROC, unit: 1 },
  { letter: 'n', name: 'nofiles', resource: resource.RLIMIT_NOFILE, unit: 1 },
  { letter: 'v', name: 'vmemory(kbytes)', resource: resource.RLIMIT_AS, unit: 1024 },
  { letter: 'w', name: 'locks', resource: resource.RLIMIT_LOCKS, unit: 1 },
  { letter: 'r', name: 'rtprio', resource: resource.RLIMIT_RTPRIO, unit: 1 },
];

export const ulimit: Builtin = {
  run: (shell, args) => {
    let kind = 'both';
    let letter = 'f';
    let isAll = false;
    let i = 1;
    for (; /^-./.test(args[i] ?? ''); i++) {
      for (const option of args[i]!.slice(1)) {
        if (option === 'H') kind = 'hard';
        else if (option === 'S') kind = 'soft';
        else if (option === 'a') isAll = true;
        else if (option === 'u')
          letter = 'p'; // bash's letter
        else if (LIMITS.some(limit => limit.letter === option)) letter = option;
        else throw new BuiltinError(`Illegal option -${option}`);
      }
    }
    const show = (value: number, unit: number): string =>
      value === Infinity ? 'unlimited' : String(Math.floor(value / unit));
    const pick = (limit: resource.Limit): number => (kind === 'hard' ? limit.hard : limit.soft);
    if (isAll) {
      for (const limit of LIMITS) {
        shell.print(
          `${limit.name.padEnd(20)} ${show(pick(resource.getrlimit(limit.resource)), limit.unit)}\n`,
        );
      }
      return 0;
    }
    const limit = LIMITS.find(candidate => candidate.letter === letter)!;
    const old = resource.getrlimit(limit.resource);
    const text = args[i];
    if (text === undefined) {
      shell.print(`${show(pick(old), limit.unit)}\n`);
      return 0;
    }
    if (text !== 'unlimited' && !/^[0-9]+$/.test(text)) throw new BuiltinError('bad number');
    const value = text === 'unlimited' ? Infinity : Number(text) * limit.unit;
    resource.setrlimit(limit.resource, {
      soft: kind === 'hard' ? old.soft : value,
      hard: kind === 'soft' ? old.hard : value,
    });
    return 0;
  },
};
