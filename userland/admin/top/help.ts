/** What top says about itself. */
import { BOLD, NORMAL } from '../lib/screen.ts';

export const usage = `
Usage:
 top [options]

Options:
 -b                 run in non-interactive batch mode
 -c                 reverse last remembered 'c' state
 -d SECS [.TENTHS]  iterative delay as SECS [.TENTHS]
 -H                 show tasks plus all their threads
 -i                 reverse last remembered 'i' state
 -n NUMBER          exit on maximum iterations NUMBER
 -o FIELD           force sorting on this named FIELD
 -p PIDLIST         monitor only the tasks in PIDLIST
 -S                 reverse last remembered 'S' state
 -u USER            display tasks owned by USER
 -w [COLUMNS]       change print width [,use COLUMNS]
 -1                 show cpu states one by one

 -h                 display this help text, then exit
 -V                 output version information & exit

For more details see top(1).
`;

export function helpLines(delay: number): string[] {
  return [
    `${BOLD}Help for Interactive Commands${NORMAL} - top (Lodger)`,
    `Delay ${delay.toFixed(1)} secs`,
    '',
    `  M,P,N,T   Sort by memory, processor, number, time;  R  reverse`,
    `  c,i,S     Toggle: command line; idle tasks; cumulative time`,
    `  H,1       Toggle: threads; processors one by one`,
    `  u         Tasks of one user`,
    `  k,r       Manipulate tasks: kill; renice`,
    `  d or s    Set update interval`,
    `  Space     Update now`,
    `  q         Quit`,
    '',
    `Type any key to continue`,
  ];
}
