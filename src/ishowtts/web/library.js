import { mountShell } from "./shell.js";

mountShell("library");
