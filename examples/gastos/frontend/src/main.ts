// The start of the page: which of its two screens the reader sees.
import { announce, find } from "./dom.ts";
import { showExpenses, type End } from "./screens/expenses.ts";
import { showLogin } from "./screens/login.ts";
import { clearSession, loadSession, type Session } from "./session.ts";

const screen = find(document, "#screen", HTMLElement);

const NOTICES: Readonly<Record<End, string>> = {
  logout: "Has cerrado la sesión.",
  expired: "Tu sesión ha caducado. Entra de nuevo para continuar.",
};

function enter(session: Session): void {
  void showExpenses(screen, session, (end) => {
    clearSession();
    announce("");
    // After a lapse the address stays, and with it the list the reader was at.
    if (end === "logout") history.replaceState(null, "", location.pathname);
    showLogin(screen, NOTICES[end], enter);
  });
}

const session = loadSession();
if (session) enter(session);
else showLogin(screen, "", enter);
