/** strace -c: how often each call was made, and how long it took. */

interface Entry {
  calls: number;
  errors: number;
  seconds: number;
}

export class Summary {
  readonly #entries = new Map<string, Entry>();

  add(name: string, seconds: number, outcome: 'good' | 'error'): void {
    const entry = this.#entries.get(name) ?? { calls: 0, errors: 0, seconds: 0 };
    entry.calls++;
    entry.seconds += seconds;
    if (outcome === 'error') entry.errors++;
    this.#entries.set(name, entry);
  }

  text(): string {
    const rows = [...this.#entries].sort(([, a], [, b]) => b.seconds - a.seconds);
    const total: Entry = { calls: 0, errors: 0, seconds: 0 };
    for (const [, entry] of rows) {
      total.calls += entry.calls;
      total.errors += entry.errors;
      total.seconds += entry.seconds;
    }
    const line = (name: string, { calls, errors, seconds }: Entry): string => {
      const percent = total.seconds === 0 ? (name === 'total' ? 100 : 0) : (seconds * 100) / total.seconds;
      const each = calls === 0 ? 0 : Math.floor((seconds * 1e6) / calls);
      return (
        `${percent.toFixed(2).padStart(6)} ${seconds.toFixed(6).padStart(11)} ${String(each).padStart(11)} ` +
        `${String(calls).padStart(9)} ${(errors === 0 ? '' : String(errors)).padStart(9)} ${name}\n`
      );
    };
    const rule = '------ ----------- ----------- --------- --------- ----------------\n';
    return (
      '% time     seconds  usecs/call     calls    errors syscall\n' +
      rule +
      rows.map(([name, entry]) => line(name, entry)).join('') +
      rule +
      line('total', total)
    );
  }
}
