// What the kiosk says, in every language it speaks. Short, spoken, no blame, a way out in each refusal.
import type { Texts } from "../shared/words";

export interface KioskTexts {
  hold: string;
  holdToLeave: string;
  qrUp: string;
  noBadge: string;
  leaving: string;
  staying: string;
  online: string;
  connecting: string;
  offline: string;
  waiting: (scans: number) => string;
  rehearsal: string;
  language: string;
  typed: {
    title: string;
    number: string;
    numberHint: string;
    lastName: string;
    send: string;
    back: string;
    numberMissing: string;
    lastNameMissing: string;
  };
  welcome: (name: string) => string;
  welcomeBack: (name: string) => string;
  welcomePlain: string;
  goTo: string;
  nameGoTo: (name: string) => string;
  already: (time: string) => string;
  alreadyPlain: string;
  askRoom: string;
  askRoomAny: string;
  askRoomFor: (time: string) => string;
  dayOver: string;
  next: (time: string, title: string, room: string) => string;
  goodbye: (name: string) => string;
  goodbyePlain: string;
  seeYou: string;
  notCheckedIn: string;
  seeDesk: string;
  unknownBadge: string;
  unknownTyped: string;
  checkTyped: string;
  otherEvent: string;
  badgeReplaced: string;
  useNewBadge: string;
  cancelled: string;
  cancelledWay: string;
  doorsOpenAt: (time: string) => string;
  doorsOpenOn: (day: string, time: string) => string;
  doorsClosed: string;
  comeBack: string;
  moment: string;
  momentWay: string;
  tooMany: string;
  tooManyWay: string;
  failed: string;
  unpaired: string;
  unpairedWay: string;
  pairAgain: string;
}

const en: KioskTexts = {
  hold: "Hold your badge to the camera",
  holdToLeave: "Leaving? Hold your badge to the camera",
  qrUp: "Show it the square code, a hand’s width away",
  noBadge: "I have no badge with me",
  leaving: "I am leaving for today",
  staying: "I am not leaving",
  online: "Online",
  connecting: "Connecting",
  offline: "No connection",
  waiting: (scans) => `${scans} waiting`,
  rehearsal: "Rehearsal",
  language: "Language",
  typed: {
    title: "Check in without a badge",
    number: "Your number",
    numberHint: "It is in your confirmation, for example K7-214",
    lastName: "Your last name",
    send: "Check in",
    back: "Back",
    numberMissing: "Please type your number.",
    lastNameMissing: "Please type your last name.",
  },
  welcome: (name) => `Welcome, ${name}`,
  welcomeBack: (name) => `Welcome back, ${name}`,
  welcomePlain: "Welcome",
  goTo: "Go to",
  nameGoTo: (name) => `${name}, go to`,
  already: (time) => `Already checked in at ${time}`,
  alreadyPlain: "Already checked in",
  askRoom: "Ask at the desk",
  askRoomAny: "They will tell you your room.",
  askRoomFor: (time) => `They will tell you your room for ${time}.`,
  dayOver: "There is nothing more on your list.",
  next: (time, title, room) => `Then at ${time}: ${title}, ${room}`,
  goodbye: (name) => `Goodbye, ${name}`,
  goodbyePlain: "Goodbye",
  seeYou: "Thank you for coming.",
  notCheckedIn: "You were not checked in. That is fine.",
  seeDesk: "Please see the desk.",
  unknownBadge: "We don’t know this badge",
  unknownTyped: "We found nobody with this number and name",
  checkTyped: "Please try once more, or see the desk.",
  otherEvent: "This badge is for another event",
  badgeReplaced: "This badge was replaced",
  useNewBadge: "Use the new one, or see the desk.",
  cancelled: "This registration was cancelled",
  cancelledWay: "Please see the desk. They can help at once.",
  doorsOpenAt: (time) => `Doors open at ${time}`,
  doorsOpenOn: (day, time) => `Doors open on ${day} at ${time}`,
  doorsClosed: "Doors are closed now",
  comeBack: "Please come back then.",
  moment: "One moment",
  momentWay: "The connection is slow. If this takes long, please see the desk.",
  tooMany: "Please wait a moment",
  tooManyWay: "Then try once more.",
  failed: "That did not work",
  unpaired: "This kiosk is not paired",
  unpairedWay: "Please see the desk. Staff: pair it again.",
  pairAgain: "Pair this kiosk",
};

const es: KioskTexts = {
  hold: "Acerque su credencial a la cámara",
  holdToLeave: "¿Se va? Acerque su credencial a la cámara",
  qrUp: "El código cuadrado a la vista, a un palmo",
  noBadge: "No tengo mi credencial",
  leaving: "Me voy por hoy",
  staying: "No me voy",
  online: "En línea",
  connecting: "Conectando",
  offline: "Sin conexión",
  waiting: (scans) => `${scans} en espera`,
  rehearsal: "Ensayo",
  language: "Idioma",
  typed: {
    title: "Registrar la llegada sin credencial",
    number: "Su número",
    numberHint: "Está en su confirmación, por ejemplo K7-214",
    lastName: "Su apellido",
    send: "Registrar llegada",
    back: "Volver",
    numberMissing: "Escriba su número, por favor.",
    lastNameMissing: "Escriba su apellido, por favor.",
  },
  welcome: (name) => `Le damos la bienvenida, ${name}`,
  welcomeBack: (name) => `Hola de nuevo, ${name}`,
  welcomePlain: "Le damos la bienvenida",
  goTo: "Vaya a",
  nameGoTo: (name) => `${name}, vaya a`,
  already: (time) => `Llegada ya registrada a las ${time}`,
  alreadyPlain: "Llegada ya registrada",
  askRoom: "Pregunte en el mostrador",
  askRoomAny: "Allí le dirán su sala.",
  askRoomFor: (time) => `Allí le dirán su sala para las ${time}.`,
  dayOver: "No hay más sesiones en su lista.",
  next: (time, title, room) => `Después, a las ${time}: ${title}, ${room}`,
  goodbye: (name) => `Hasta luego, ${name}`,
  goodbyePlain: "Hasta luego",
  seeYou: "Gracias por venir.",
  notCheckedIn: "Su llegada no estaba registrada. No hay problema.",
  seeDesk: "Pase por el mostrador, por favor.",
  unknownBadge: "No conocemos esta credencial",
  unknownTyped: "No encontramos a nadie con ese número y apellido",
  checkTyped: "Inténtelo una vez más o pase por el mostrador.",
  otherEvent: "Esta credencial es de otro evento",
  badgeReplaced: "Esta credencial fue reemplazada",
  useNewBadge: "Use la nueva o pase por el mostrador.",
  cancelled: "Esta inscripción fue cancelada",
  cancelledWay: "Pase por el mostrador. Le ayudarán enseguida.",
  doorsOpenAt: (time) => `Abrimos a las ${time}`,
  doorsOpenOn: (day, time) => `Abrimos el ${day} a las ${time}`,
  doorsClosed: "Ya está cerrado",
  comeBack: "Vuelva entonces, por favor.",
  moment: "Un momento",
  momentWay: "La conexión va lenta. Si tarda mucho, pase por el mostrador.",
  tooMany: "Espere un momento, por favor",
  tooManyWay: "Luego inténtelo una vez más.",
  failed: "No ha funcionado",
  unpaired: "Este quiosco no está vinculado",
  unpairedWay: "Pase por el mostrador. Personal: vincúlelo de nuevo.",
  pairAgain: "Vincular este quiosco",
};

export const TEXTS: Texts<KioskTexts> = { en, es };
