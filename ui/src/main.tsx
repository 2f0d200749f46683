import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { session } from "./api/client";
import { App } from "./App";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/pages.css";
import "./styles/steward.css";
import "./styles/events.css";
import "./styles/tables.css";
import "./styles/lineage.css";

session.takeFromAddress();
// A link with a token can also be followed while the page is already open.
addEventListener("hashchange", () => session.takeFromAddress());

const root = document.getElementById("root");
if (root) createRoot(root).render(<StrictMode><App /></StrictMode>);
