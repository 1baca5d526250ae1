"""Common words of each language, without accents, as families type them: everyday ones first, then those of school."""

from __future__ import annotations

# The languages that FamilyDesk speaks or will speak, in Latin letters. Everyday words and words about school.
WORDS: dict[str, str] = {
    "en": """
the and you that was for are with his they this have from one had word but not what all were when your can said
there use each which she how their will other about out many then them these some her would make like him into
time has look two more write see way could people than first been call who its now find long down day did get come
made may over after again going want need help please thank thanks hello hi yes ok sorry again still just only
where why does dont doesnt didnt cant wont isnt wasnt im ive id youre hes shes its were theyre thats whats whos
my me mine our ours we us he an of to in is it on at be by or as if up so do go no any because before while every
son daughter kid kids child children mom dad mother father parent parents grandma grandson grandmother brother sister
school teacher student students class classes grade grades homework assignment office bus late lunch meal money pay
password passwords sign log login logged account username email code letter phone number address website page link
screen computer laptop tablet device charger charge charging keyboard key keys mouse sound volume camera mic microphone
battery light lights black white red green blue broken broke cracked lost stolen found wet water spilled fix repair
turn turned turning works work working worked open opened close closed start stuck slow fast frozen freeze keeps
internet connect connected connection network home house slow down drops bill free cost how much day week month year
today tomorrow yesterday morning night ago last next new old same wrong right says say said asking ask tell told
something anything nothing everything someone anybody nobody thing things stuff back here away off too very really
give gave take took bring send sent got getting let lets put set try tried trying keep know think thought understand
able apply blocked unblock site app apps download install update video play game print printer picture upload submit
join meeting link calendar snow closed holiday absent sick doctor appointment register enroll enrollment move moved
moving interpreter translate language speak english spanish privacy safe bully stranger message messages text
zeros missing forgot forget reset change locked disabled expired upside sideways missing letter tired done since
name should own shows another wants library choose never paper little days district mail card theres left type check
goes show list three asks comes stop press button until sons box wait good needs under top pick six test letters
minutes even both once went hold form read elementary bottom times gets daughters opens used without leave five also
full date must somebody friday photo came already teachers itself shut plug arrow tag grader hour preschool reading
allowed ready asset due cannot place most through takes half fine room end second hear line pages gone schools august
changed live phones math around those mark big seconds hours sticker words such third numbers weeks else side dark
monday childs talk door started boy instead pictures program whole buy devices round note often calls voice makes
pressed families small called person kindergarten wheres games records answer well car four asked loaner job payment
stay digits summer backpack different remote file lid stays load hand fee run near part lady trouble few later typed
others face boys invite cord inside coming tabs wipe hers sit college early signed reads copy empty codes years mean
yet corner saying everyone during dead bag stopped steps tuesday mode enough twice uses front rules share company row
knows graders cell between science system history plugged behind fell state gym dollars protection fixed sisters signs
papers friend trip saved names team sure wrote failed square printed sees possible digit saturday count emails books
essay anymore looks kind speaker police remove return cover case best screens min elses parking lot cut past block
texts missed reduced food thinks thursday accept board table drop window court short suspended project computers
organization dropped custody user baby period emergency proof weekly post starts borrow glass flat delete clock damage
stick paid happens income price registration winter being sends sunday always better accounts counselor closes photos
needed whom means unplug costs break tells domain quiz blank outside wife brothers nurse permission posted clicked
moms gray license managed orange dads lines writes happened dry laptops september stickers marked receipt owe man
setting support added neighbor policy accident tonight senior using private adult dots runs together writing
themselves principal minute hands grey types clicks dog typing gives till tries scan cousin per girls apartment
invitation watch mistake showing pushed enrolled logo ever circle longer testing head moves graduation clean tablets
speed plans stops record certificate birth turns fill making birch care maybe service birthday pull seven girl bell
answers drag fair map hearing languages picks age taken ones pass refund bank above football within drivers eye staff
yours remember twins unlock programs forever foster husband semester assignments talks credit fan wake wire hole
question finger freezes slides seen problem pays city guys kindly kept carry kitchen charged ran cheap discount less
across balance band wednesday opt heard talking guess cousins weekend rule shared lives faster finished limit hasnt
trick dates yourself lend fails covers clear finish soon weve leaves bedroom helps schedule gift tests hurt teach camp
recess lower nearly parts cloth soft search evening handed couldnt supposed pw spelling pls kindergartner nephew
graduated myself changing havent given rather invited somewhere posts pre attached grandmas prints husbands though
adapter bent loose seat edge pointer silent watches story practice january reason brightness bought fault christmas
brings doing alerts cold session speaks passed bigger loud niece pop mails verify conferences mad older joined blocks
true therapy crossed background percent port lose street exchange wear accidents status written landlord homes sad
disability community life skip grandparents aide easy air librarian outlet fresh sun purpose companies characters
anyone gear wall junior shuts threw neither placement dear credentials checked looked picked kicked shown scores knew
fever lease updating opening receive digest conference emailed changes attach chapter textbook ink hinge cracks icons
listen closing updated buttons colors backwards cat milk bottle rice smells track yellow setup crumbs travel worse
profile bookmarks agreement symbol staying amber paying loan ends timer dentist excuse driver deleted fake sell walk
matter slowly fourth chose none weak waited strangers fridays secretary july exactly almost god available boxes links
either follow named vs law joins timed reader starting shake shine bed wheelchair purple model scroll glue quiet hung
afternoon sites loses software belongs developer terms drawing rest push cheaper offers chess excused far breakfast
permit translated ring explain physical volunteer contract nice great whether built truck eat hall fail lists nine
peel young whoever eleven topic building quick eight fall newer grow newest sometimes tiles signing secret ate correct
surgery logins holds puzzle oops colleges notes confirm tho options stepdad alert anywhere shouldnt results approve
refuses lesson muted crying squares whenever laugh worksheet large returned loading double printing brick beeps
charges pink split responding fingers ghost earbuds factory tiny zoomed onto church point re plant equipment advise
breaks walking overnight butter peanut pillow abroad gaming macbook brought guy tips hidden thrown upstairs country
stutter decides til watching nights shell taking eid friends declined lunches materials deaf veterans offer comments
calling recruiters blind tech server occurred sir forgotten fifth resets bunch reasons hacked looking loop delivered
wanted happy deadline plugs switched raising vanished bless quarter progress nov schoolwork art subject youve max scam
vietnamese spy courses observe everybody love speech weird headset blurry pic poster hw algebra aloud sets previous
supported feels sleep chargers smell super bit hangs french joke ear listening storage continue checking restarts swap
size
""",
    "es": """
de la que el en y a los se del las un por con no una su para es al lo como mas pero sus le ya o este si porque esta
entre cuando muy sin sobre tambien me hasta hay donde quien desde todo nos durante todos uno les ni contra otros ese
eso ante ellos e esto mi antes algunos que unos yo otro otras otra el tanto esa estos mucho quienes nada muchos cual
poco ella estar estas algunas algo nosotros mis tu te ti tus ellas vosotros mio mia tuyo suyo suya nuestro nuestra
hola buenas buenos dias tardes noches gracias favor porfavor porfa ayuda ayudar ayudenme ayudeme disculpe disculpa
perdon quiero quisiera necesito necesita necesitamos puedo puede pueden podria como cuando cuanto cuanta cuesta cuanto
hijo hija hijos hijas nino nina ninos ninas chico chica mama papa madre padre padres abuela abuelo nieto nieta hermano
hermana senora senor maestra maestro profesora profesor escuela colegio clase clases grado tarea tareas calificaciones
notas boleta examen libro libros oficina director camion autobus bus parada tarde temprano comida almuerzo lonche dinero
pagar pago cuota recibo contrasena clave usuario cuenta correo codigo carta telefono celular numero direccion pagina
enlace pantalla computadora compu laptop tableta aparato cargador carga cargar teclado tecla teclas letra letras raton
sonido volumen camara microfono bateria luz luces negra negro blanca roja rojo verde azul roto rota rompio quebro
quebrada estrellada perdio perdi perdida robaron robo mojo mojada agua derramo arreglar reparar prende prender prendio
apaga apago enciende encender encendio funciona funcionan sirve abre abrir abrio cierra entrar entra entro salir sale
inicia iniciar sesion traba trabada trabo lenta lento rapida congelada internet conecta conectar conexion red casa wifi
gratis barato hoy manana ayer noche ano semana mes dia hora horas nuevo nueva vieja mismo misma dice dicen decir pide
piden pregunta preguntar digo dijo dijeron cosa cosas alguien nadie nada todo aqui ahi alla dar da dio trae traer llevar
mandar mando mandaron manda recibir recibo recibi llega llego llegan llaman llamar llamada hace hacer hago hizo sabe se
saber creo pienso entiendo entiende intente intento tratar trata tiene tengo tenemos tienen habla hablo hablar espanol
ingles idioma interprete traducir traduccion bloqueado bloqueada bloquear bajar descargar instalar actualizar
juego jugar video imprimir impresora foto subir entregar junta reunion calendario nieve cerrada
vacaciones falto faltar enfermo
enferma doctor cita inscribir inscripcion registrar mudamos mudar cambiar cambio cambie olvido olvide olvidado vencio
vencida restablecer solicitar aplicar solicitud tambien despues siempre nunca ahorita orita pa pos pues bien mal ola
porq xq q k aver ay haber estoy esta estan son soy fue era eran va voy van vamos ir iba dejar deja deje sigue mucha
ver solo dos ahora vez cada nombre quiere llame estudiante debe mesa equipo familias ve trabajo numeros biblioteca
ayudo abra luego distrito vea elija abajo aplicacion arriba lista seis papel poner tenga primero datos usted escolar
mensaje falta pedir pasa tres salon escriba etiqueta minutos quedo aparece linea estudiantes pregunte toque pida
agregar asi mano busque veces espere aplicaciones mande pongo queda tarjeta todas casi usar seguro inicie sola acceso
dejo todavia toda aviso usa salen fotos primaria preescolar texto mientras dieron grados avise boton salio fecha menos
familiar presione cierre mire persona puso mensajes permiso flecha derecha lleve pone nomas trabajos tiempo paso
escribir anos veo redonda junto encendido mantenga diganos puse muchas tener revise lado cualquier carro dolares viene
diga segundo alumno estaba media mochila ustedes tecnologia usan segundos pruebe ha espera pico lugar codigos papas
oye voz haga deben recibe seguridad servicios vaya saco punto propia grande doy papeles familia verdad aunque prestado
centro ponga configuracion presionada primera administrador propio uso dejan entrega imagen rapido paginas cayo
reporte dispositivo filtro comprar horario bueno igual identificacion maestros cuadro ventana apague siga juegos
muestra publica cinco agregue prendala agosto acuerdo esposo quitar resumen avisos vuelve leer ninguna conecte ningun
equipos proteccion cuarto mejor viernes hable entonces primer parte tapa partes palabras lleva pasos baje cuentas
puerta profe invitacion sube cuantas encima escribe audifonos verano semanas funda compania programa llamo pague lea
sacar toca cuantos fila siguiente verse pestana desconecte agarra correos pasado pais somos bebe llama llevo podemos
nena senal blanco baja lectura apagar abren sistema abierta cree nombres pestanas hacia prenda cerca estudiantiles
quiza exencion guarde respuesta quitaron bloqueo quita cel crear marca tenia vivimos salga bajo asistencia domicilio
quiera anterior fuera conectada guardar prueba suena dura fin izquierda tarda reinicio actualizacion recuperacion
pagos estacionamiento aprender quito reducido informacion contesta parece escolares demas navegador inscripciones
transporte pase precio contrasenas puntos finanzas abrala electronico arroba fijese nene kiero registro perdido
escuelas custodia nota emergencia recoger pueda faltan ven hoja archivo proyecto cargando dentro adentro responde
cabeza cobran policia ocupo memoria cambia quieren lunes arregla vecina descuento aceptar falla apagada atras quedan
limpie corta regalo sirven archivos selector encuentra manera ocupa intentos rato abro mandan verificacion reparacion
activar hice viejo medio faltas encuentro jaja ciencias pasar acepta permitir imprime amanecio maquina vino colores
esquina mitad signo escriben mayusculas flechita derecho cierran reiniciar oscura venia bano cambiamos compre espacio
cubre cargue prestan borrar lejos pidio llegar banco grandes credencial unas completo clic completa entrada caso corte
han preparatoria perder conectado trapo modo paga especial educacion fui diez cuidado pedimos inmediato tardar anote
comidas suave estuvo esos chiquitos afuera universidad existe eres apunto sera martes contactos vivo jala equivocado
unirse companeros entregue documento vista perro conecto mete recreo rayas tele barra subo solas esperar
actualizaciones reloj pelo volver entrego cobro compra terapia cajita aparatito sitio pasan encontro doble nacimiento
llenar vacunas menor excursion comprobante salida raro miedo privacidad alta problemas puesto bloquea obligatorio edad
ciudad vacio siguen accidente matematicas minuto carcasa buscar reciente ultimo vecino tienda llamadas calle alto
damos viaje guardado enfermera abierto velocidad vienen formulario personas terminar tome inicio idiomas descargas
traigala suelte apaguela marque incorrecta suspendida malo primo envio estamos sobrino juntos distintas apellido
acaban ultima pusieron apartamento aparecen valido cambiaron observador forma ponerle videollamada tercero liga
prestaron escucha pica cero cuentos hojas muerta pared seguir mueve dedo dedos tactil tampoco borre brillo anoche
presta devolver cobrar navidad frio dejamos celulares traiga cae pido naranja bloquean arte aceptan debo cobraron
efectivo traductor jueves entran companero di copia textos lupa salgo ninguno ponen proposito candado llena olvida
apenas suben avisar viejas licencia lineas manchas culpa mostrar dobla prenderla elegir accidentes costo alcanza multa
guardo reglas miercoles arreglan trabaja casas microondas acabo cuida escribio partido venir gasta termina adultos
discapacidad cuadros examenes tipo enchufe pare regresa juntas boletos guarda renta frente baratos ejemplo empezar
hagalo primeros engrane pidalo avisenos llamenos adulto directora dejela aparatos problema papelito borro acuerda
repente buena chiquito jugando correcta abuelita consejera gente enviar lleguen confirmar activacion registre
recuperar acaba meto cuatro pueblo probar alumnos tutores resumenes basta solamente acepte decia emparejamiento prepa
diario permite organizacion escuchan adjuntar tomo contacto salieron parpadea vidrio lapiz lados puntero bocinas
rayita circulito cabe eche seque llevaron parque amarillo administrado mayo tercera vale calcomanias avion estuche
llevarla reporto reconoce congela servicio deuda restringido musica viendo limite permitido habia hablan acta cuales
salud chofer saldo esas vi migracion expediente firme venden subtitulos soporte hacen subio cumpleanos llave opciones
pierde llene firmar queremos vivir esposa orden entregado segun octubre fechas ajustes sali acabe cara demasiado
palomita compartir saque ruido corriente tinta borra debajo escribo esconde preguntas despacio prendo apagarla liquido
seco camino desarrollador fallo caja julio estado invierno meses companias credito solicite vio historial importan
reembolso cheque trabajar tarjetas acoso directorio circulo revisar palabra telefonos necesitan busco cuente cerrado
significa pasaporte compro titulo pruebas graduacion invitar medicina dano cerrar cobra fuerte contrato calificacion
caracteres ojo guardelo viven television accesibilidad servir planes sientese pongala regrese elijalo pequena fondo
hacerlo haya revisamos pieza costos llevela manos pronto consejeria cuentan funcionar oscurezca pidiendo sepa pudo
tarjetita resetear solicito segura cuadrito vueltas sexto cierto politica bandeja escribirle respaldo nuevos cambiarla
miro boletas adonde materia visto estudiar manden curso darme dibujos dejen puedes virtual usando mija tuviera hoyito
oyen maximo historia foquito vida murio arranca mordio pila flojo porcentaje carrito raros bolsita espaciadora loca
brinca dedito saliendo oh cargan
""",
    "pt": """
de a o que e do da em um para com nao uma os no se na por mais as dos como mas ao ele das seu sua ou quando muito nos
ja eu tambem so pelo pela ate isso ela entre depois sem mesmo aos ter seus quem nas me esse eles voce tinha foram essa
num nem suas meu minha minhas meus tem numa pelos elas qual nos lhe deles essas esses pelas este dele tu te voces vos
ola oi bom boa dia tarde noite obrigado obrigada favor ajuda ajudar preciso precisa quero queria posso pode podem
filho filha filhos menino menina crianca mae pai avo neto irmao irma escola professora professor aluno aula turma serie
licao dever tarefa nota notas boletim secretaria onibus atrasado almoco merenda dinheiro pagar senha usuario conta
codigo carta telefone celular numero endereco pagina tela computador carregador carrega carregar teclado tecla som
bateria luz luzes preta vermelha verde quebrou quebrada trincou perdeu perdi roubaram molhou agua consertar liga ligar
desliga funciona abre abrir entrar entra consegue consigo travou travada lento internet conecta conectar conexao rede
casa gratis hoje amanha ontem ano semana mes novo nova diz pede coisa alguem ninguem nada tudo aqui fazer faz fiz sei
esqueceu esqueci mudar trocar cadastro matricula doente consulta lingua ingles portugues interprete traduzir bloqueado
baixar instalar jogo imprimir foto enviar reuniao estou esta estao sao sou foi era vai vou vamos ficou ficar ainda agora
""",
    "ht": """
mwen ou li nou yo se pa ka nan ki sa pou ak yon sou gen te ap fe di anpil tou men si le kote poukisa kijan konsa jodi
demen maten aswe bonjou bonswa mesi tanpri souple ede edem bezwen vle kapab dwe ale vini pran bay mete wout pitit
timoun tifi gason manman papa gran grann frem sem lekol pwofese mes elev klas devwa not kane biwo bis reta manje lajan
peye modpas kont kod let telefon nimewo adres paj ekran odinate laptop chaje kle klavye son limye nwa wouj vet kase
pedi vole mouye dlo repare limen etenn mache louvri femen antre soti bloke lant entenet konekte koneksyon rezo kay
gratis konbyen ane semen mwa nouvo vye menm mande repons bagay moun pesonn anyen tout isit la lot anko deja toujou
janm bliye chanje enskri malad dokte randevou lang kreyol angle entepret tradui telechaje jwet enprime foto voye
reyinyon mwenm msye madanm kouman koman ye kisa kiyes ladan avek san depi jis paske pito konnen konprann eseye
""",
    "vi": """
toi ban cua la va co khong cho nay duoc mot cac nhung trong da dang se voi thi ma o ra vao len xuong den tu ve nhu
khi nao gi sao dau ai bao nhieu lam the nao tai vi nen nhung cung rat qua lai nua roi chua con chau me bo cha ong ba
anh chi em truong hoc lop thay co giao vien hoc sinh bai tap diem so van phong xe buyt tre an trua tien dong mat khau
dang nhap tai khoan email ma thu dien thoai so dia chi trang man hinh may tinh sac pin ban phim phim chuot am thanh
den do xanh vo hong mat bi lay cap nuoc sua bat tat mo dong chay cham mang ket noi nha mien phi hom nay mai qua nam
tuan thang moi cu giup xin chao cam on vui long can muon phai hoi noi tieng viet anh phien dich chan tai cai dat
choi in hinh gui hop lich nghi om bac si hen ghi danh quen doi khoa het han
""",
    # Languages that a school family may well write in and that no article is in: so that they are not taken for others.
    "fr": """
le la les des un une et est je tu il elle nous vous ils elles que qui dans pour pas sur avec ne ce se son sa ses mon
ma mes ton votre notre plus au aux mais ou donc comme tout bien tres fait faire peut suis etes sont avons ont ete
bonjour merci svp aide besoin veux fils fille enfant enfants ecole professeur eleve classe devoirs mot passe compte
ordinateur ecran marche chargeur casse perdu allume oublie comment pourquoi quand quel quelle cette ces aussi encore
""",
    "de": """
der die das und ist ich du er sie wir ihr nicht ein eine einen dem den mit auf fur von zu im in wie was wann wo warum
mein meine sohn tochter kind kinder schule lehrer passwort konto hallo danke bitte hilfe kann konnen haben hat sein
sind war auch noch schon nur aber oder wenn weil nach bei aus uber geht funktioniert kaputt verloren vergessen
""",
    "it": """
il lo la gli le un una e di che non per con sono mi ti si ci vi del della dei delle al alla nel nella come quando
dove perche chi cosa mio mia figlio figlia scuola insegnante compiti ciao grazie aiuto posso puo ho hai ha abbiamo
questo questa anche ancora gia solo ma oppure se dopo prima funziona schermo rotto perso dimenticato buongiorno
""",
    "tl": """
ang ng sa na ay mga ko mo niya namin natin nila ako ikaw siya kami tayo sila hindi po opo ba lang din rin kung kapag
paano saan kailan bakit sino ano anak ko paaralan guro salamat tulong kailangan gusto pwede puwede hindi wala may
meron yung iyong aking kanyang ito iyan dito diyan nasira nawala nakalimutan gumagana eskwelahan bata nanay tatay
""",
    "so": """
waa iyo oo ka ku la ma u si in ay uu aan waxaan waxay wuxuu maxaa sidee halkee goorma kuma aad wiil gabar ilmaha
caruurta dugsiga iskuulka macalin macalinka fadlan mahadsanid caawimaad rabaa karaa waayay ilmahayga wiilkayga
gabadhayda kombuyuutarka furaha sirta ah kale badan maya haa waxba jira furan xiran
""",
    "sw": """
na ya wa kwa ni la za katika hii huyu mimi wewe yeye sisi ninyi wao si sio nini wapi lini kwanini nani vipi mtoto
wangu watoto shule mwalimu asante tafadhali msaada nataka naweza hawezi imeharibika nenosiri akaunti kompyuta simu
""",
    "tr": """
ve bir bu ne de da ile icin ben sen biz siz onlar var yok degil mi nasil nerede neden kim benim oglum kizim okul
ogretmen sifre hesap merhaba tesekkurler lutfen yardim bilgisayar calismiyor ama cok daha gibi kadar sonra once
""",
    "pl": """
i w nie na sie z do jest to ze jak co dla po tak moj moja syn corka dziecko szkola nauczyciel haslo konto dzien dobry
dziekuje prosze pomoc moge nie dziala komputer ekran gdzie kiedy dlaczego kto ale tylko juz jeszcze mam masz
""",
}

# Names of things that mean the same in every language, and words that are no language's own.
SHARED = frozenset(
    """chromebook chromebooks wifi clever canvas seesaw google classroom gmail zoom meet ipad hotspot youtube email
    app apps ok okay laptop tablet bluetooth hdmi usb qr pin id roblox minecraft instagram tiktok online internet chat
    powerschool classlink schoology lifeline link video bus wi fi chrome book hot spot no si login help desk pdf docs
    drive web site schoolline mealtime portal iready lexia kahoot quizlet zearn khan desmos blooket gimkit""".split()  # noqa: SIM905  # a list of eighty quoted words is harder to read
)

# Scripts that belong to one language of ours, by the first word of the characters' Unicode names.
SCRIPTS: dict[str, str] = {"CJK": "zh", "ARABIC": "ar", "CYRILLIC": "ru"}
# Other languages written in those scripts, by letters that ours does not have: they are not ours. Families from Iraq,
# the Maghreb and the Gulf write گ, چ, پ and ڤ in Arabic.
FOREIGN_LETTERS: dict[str, str] = {"ar": "ژکیںےٹڈڑہھۆێڕە", "ru": "іїєґўјљњћђџѓќѕ", "zh": "ぁ"}
# Their commonest words, where these may have none of those letters.
FOREIGN_WORDS: dict[str, frozenset[str]] = {
    "ar": frozenset(
        [
            "است",
            "را",
            "این",
            "که",
            "از",
            "با",
            "برای",
            "شما",
            "می",
            "نمی",
            "آیا",
            "چرا",
            "کجا",
            "چطور",
            "دخترم",
            "پسرم",
            "فرزندم",
            "لطفا",
            "نیست",
            "دارد",
            "دارم",
        ]
    )
}
# Letters that speak for a language when they are there; nothing follows from their absence.
OWN_LETTERS: dict[str, str] = {
    "es": "ñ¿¡",
    "pt": "ãõ",
    "vi": "đơưăạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    "fr": "œêîûù",
    "de": "äöß",
    "pl": "łśźżąęń",
    "tr": "ğış",
}

# What may be all that a family writes first, though its letters say little: a greeting, thanks, the one word that it
# needs. As typed or folded, in Latin letters also where the language has others.
OPENERS: dict[str, tuple[str, ...]] = {
    "en": (
        "hi", "hii", "hiii", "hi there", "hi again", "hi miss", "hi mam", "hi maam", "hi sir", "hi all", "hey", "heyy",
        "hey there", "yo", "sup", "hello", "helo", "hello there", "thx", "ty", "tysm", "thank u", "yes", "yep", "nope",
        "person", "a person", "real person", "human", "agent", "operator", "representative", "menu", "start", "help",
        "hlp", "halp", "pls", "plz", "pls help", "plz help", "anyone", "anyone there", "morning", "gm",
    ),
    "es": (
        "hola", "ola", "holaa", "holi", "buenas", "wenas", "oiga", "oye", "que tal", "q tal", "si", "sip", "gracias",
        "grasias", "persona", "una persona", "agente", "ayuda", "alluda", "disculpe", "disculpa", "matricula",
    ),
    "pt": (
        "oi", "oii", "oie", "oiee", "opa", "eai", "e ai", "sim", "nao", "olá", "obg", "obrigado", "obrigada", "brigado",
        "brigada", "vlw", "valeu", "blz", "pessoa", "uma pessoa", "atendente", "ajuda",
    ),
    "ht": (
        "bonjou", "bonswa", "bjou", "bonjou tout moun", "alo", "sak pase", "sakpase", "sak ap fet", "edem", "ede m",
        "ede mwen", "mesi", "wi", "tanpri", "moun", "yon moun", "kreyol",
    ),
    "vi": (
        "chao", "xin chao", "chao ban", "chao co", "chao thay", "dạ", "vâng", "alô", "cam on", "giup", "giup toi",
        "em oi", "chi oi", "anh oi", "co oi", "thay oi",
    ),
    "ar": (
        "marhaba", "mar7aba", "salam", "salaam", "salam alaikum", "salam alaykum", "assalamu alaikum",
        "assalam alaikum", "as salamu alaykum", "ahlan", "ahlen", "shukran", "sabah alkhair", "naam", "na3am", "aywa",
    ),
    "zh": ("ni hao", "nihao", "nin hao", "xie xie", "xiexie", "zhongwen"),
    "ru": (
        "privet", "zdravstvuyte", "zdravstvujte", "zdravstvuite", "dobryy den", "dobriy den", "dobry den", "spasibo",
        "pomogite", "pozhaluysta", "na russkom", "po russki",
    ),
}  # fmt: skip

# Russian typed in Latin letters, as on a phone without a Russian keyboard. Spelt the way `latin_russian` evens it out;
# two of them, and half of all that is typed, must be there, since single ones are words elsewhere too (syn, remont).
LATIN_RUSSIAN = frozenset(
    """chto kak gde kogda kuda pochemu zachem skolko kakoy kakaya kakoe eto etot etu zdes seychas teper segodnya zavtra
    vchera uzhe esche eshche tolko ochen nuzhno mozhno nelzya mogu mozhet mozhete mozhem hochu hotim hochet
    budet bylo esli chtoby posle pered dlya menya mne tebya moya moe moego moey moemu nash nasha nashego nashu
    svoy svoego bolshe snova opyat voobsche voobshche nichego privet zdravstvuyte spasibo pozhaluysta pomogite
    pomosch pomoshch izvinite skazhite podskazhite syn syna synu doch docheri dochka dochki dochku rebenok
    rebenka rebenku deti detey uchitel uchitelya uchitelnitsa shkola shkolu shkoly shkole klass rabotaet
    rabotayet vklyuchaetsya vklyuchayetsya vklyuchit otkryvaetsya zagruzhaetsya zaryazhaetsya zaryadka zaryadku
    zaryadki slomalsya slomalas slomalos slomali razbil razbila razbili razbit poteryal poteryala poteryali
    zabyl zabyla zabyli zahodit voyti zayti vhodit zabolel zabolela boleet pridet hrombuk hrombuka kompyuter
    kompyutera kompyutere ekrana ekrane cherny klaviatura parol parolya akkaunt akkaunta zayavka zayavku zayavki
    zayavkoy remont avtobus obed obedy pogovorit govorit chelovek chelovekom sotrudnik sotrudnikom perevodchik
    perevodchika russki russkom soobschit soobshchit napisat pozvonit uznat sdelat otkryt prisylayte pishite
    soobscheniya soobshcheniya umeret zhit umru""".split()  # noqa: SIM905  # as SHARED
)
