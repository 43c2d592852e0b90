# shells
