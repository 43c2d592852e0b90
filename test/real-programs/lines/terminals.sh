# terminals
