/** Whether a process runs. One that is dead but not yet collected by its parent (a zombie) does not. */
export declare function isAlive(pid: number): boolean;
