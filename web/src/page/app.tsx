import { generateId } from 'ai';
import { type FormEvent, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { ChatView } from './chat.tsx';
import { Conversation } from './conversation.ts';
import { historyOf, tokenFor } from './server.ts';

const USER = 'holdfast.user';

/** The session is in the address, so that a reload, a bookmark or a second tab finds it again. */
function sessionOfAddress(): string | undefined {
  return /^#([A-Za-z0-9_-]{8,64})$/.exec(location.hash)?.[1];
}

function App() {
  const [user, setUser] = useState(() => localStorage.getItem(USER));
  const [session, setSession] = useState(sessionOfAddress);

  useEffect(() => {
    const moved = () => setSession(sessionOfAddress());
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);

  useEffect(() => {
    if (user !== null && session === undefined) {
      const fresh = generateId();
      history.replaceState(null, '', `#${fresh}`);
      setSession(fresh);
    }
  }, [user, session]);

  const signIn = (name: string) => {
    localStorage.setItem(USER, name);
    setUser(name);
  };
  const signOut = () => {
    localStorage.removeItem(USER);
    setUser(null);
    // The session is this user's alone.
    history.replaceState(null, '', location.pathname);
    setSession(undefined);
  };
  const startAnew = () => {
    location.hash = generateId();
  };

  return (
    <>
      <header>
        <h1>Holdfast</h1>
        {user !== null && (
          <nav aria-label="Session">
            <button type="button" onClick={startAnew}>
              New<span className="if-wide"> conversation</span>
            </button>
            <button type="button" className="quiet" onClick={signOut} title="Sign in as someone else">
              <span className="visually-hidden">Signed in as </span>
              <span className="name">{user}</span>
              <span className="visually-hidden">. Sign out</span>
            </button>
          </nav>
        )}
      </header>
      {user === null ? (
        <SignIn onSignIn={signIn} />
      ) : (
        session !== undefined && <Session key={`${user} ${session}`} session={session} user={user} />
      )}
    </>
  );
}

function SignIn({ onSignIn }: { onSignIn: (name: string) => void }) {
  const [problem, setProblem] = useState('');
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get('name')).trim();
    try {
      await tokenFor(name);
      onSignIn(name);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <main className="sign-in">
      <form onSubmit={submit}>
        <label htmlFor="name">Your name</label>
        <div className="row">
          <input id="name" name="name" required autoFocus autoComplete="username" pattern="\S+" title="One word" maxLength={64} />
          <button className="primary">Start</button>
        </div>
        <p className="note">This is the local system: any name will do, and there is no password.</p>
        {problem !== '' && <p role="alert" className="problem">{problem}</p>}
      </form>
    </main>
  );
}

/** Fetches what was said, then shows the conversation. */
function Session({ session, user }: { session: string; user: string }) {
  const [conversation, setConversation] = useState<Conversation>();
  const [problem, setProblem] = useState('');
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    let opened: Conversation | undefined;
    let gone = false;
    setProblem('');
    historyOf(session, user).then(
      messages => {
        if (!gone) {
          opened = new Conversation(session, user, messages ?? []);
          setConversation(opened);
          void opened.watch();
        }
      },
      (error: Error) => {
        if (!gone) {
          setProblem(error.message);
        }
      },
    );
    return () => {
      gone = true;
      opened?.close();
    };
  }, [session, user, attempt]);

  if (problem !== '') {
    return (
      <main className="sign-in">
        <p role="alert" className="problem">
          The conversation could not be opened: {problem}
        </p>
        <button type="button" className="primary" onClick={() => setAttempt(attempt + 1)}>
          Try again
        </button>
      </main>
    );
  }
  return conversation === undefined ? <main aria-busy="true" /> : <ChatView conversation={conversation} />;
}

createRoot(document.getElementById('app')!).render(<App />);
