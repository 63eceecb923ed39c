import { useEffect, useState } from "preact/hooks";
import pip from "./pip.svg";
import "./detail.css";

export default ({ name }) => {
  const [text, set] = useState("");
  useEffect(() => {
    set("");
    fetch(`/api/apples/${name}`).then((reply) => reply.text()).then(set);
  }, [name]);
  return <article><img src={pip} alt="" /><h2>{name}</h2><p>{text}</p></article>;
};
