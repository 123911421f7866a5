// The session lives in this tab only: sessionStorage survives a reload and ends
// with the tab. Where the browser forbids storage it lives in memory.
import type { Login, Usuario } from "./contract.ts";

export interface Session {
  token: string;
  usuario: Usuario;
}

const KEY = "gastos.session";

export function saveSession({ token, usuario }: Login): Session {
  const session = { token, usuario };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(session));
  } catch {
    // Storage is forbidden or full: the caller's copy lasts until a reload.
  }
  return session;
}

export function loadSession(): Session | null {
  try {
    const session = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Session | null;
    return typeof session?.token === "string" && session.usuario ? session : null;
  } catch {
    return null;
  }
}

export function clearSession(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Forbidden storage holds nothing to remove.
  }
}
