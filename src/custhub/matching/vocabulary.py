"""What column names mean, in the languages that customer files come in."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Role(StrEnum):
    """What a column is, as far as its name says."""

    GIVEN = "given"
    FAMILY = "family"
    MIDDLE = "middle"
    SUFFIX = "suffix"  # junior, senior, III
    PERSON = "person"
    CONTACT = "contact"  # a person who speaks for the customer
    COMPANY = "company"
    NAME = "name"  # of a person, a company or a product: values decide
    BIRTH = "birth"
    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    PHONE = "phone"
    EMAIL = "email"
    STREET = "street"
    HOUSE = "house"
    POSTCODE = "postcode"
    CITY = "city"
    IDENTIFIER = "identifier"
    PRICE = "price"
    TEXT = "text"
    CATEGORY = "category"
    VARIANT = "variant"  # size or colour
    KEY = "key"  # a key of a system or a label of a group: never evidence
    SOURCE = "source"
    IGNORED = "ignored"  # about the record or the business, not about who the customer is
    UNKNOWN = "unknown"


_WORDS: dict[Role, str] = {
    Role.GIVEN: "roepnaam voorletters isim etunimi vardas vards eesnimi ime име імя prenoms prenumele primernombre givennames namadepan ชื่อ ชื่อจริง שםפרטי "
    "imie keresztnev jmeno fornamn fornavn ad voornamen primeironome prenume имя 이름 الاسمالأول "
    "first firstname fname given givenname forename vorname prenom nombre nombres nome voornaam fn 名 名字 名前",
    Role.FAMILY: "soyisim sukunimi pavarde uzvards perekonnanimi prezime priimek прізвище επωνυμο apellidopaterno namabelakang นามสกุล שםמשפחה 성 "
    "nazwisko vezeteknev prijmeni efternamn etternavn efternavn soyad soyadi nume фамилия 성씨 اسمالعائلة "
    "last lastname lname surname sname family familyname nachname familienname apellido apellidos cognome sobrenome "
    "achternaam nomfamille ln 姓 姓氏 苗字",
    Role.MIDDLE: "middle middlename midl mid mname secondname mi patronymic otchestvo отчество",
    Role.SUFFIX: "suffix namesuffix sufx sfx generation",
    Role.PERSON: "guest guestname titular holder accountholder cardholder inhaber kontoinhaber tenant mieter pasien namalengkap hovaten imieinazwisko nazwiskoiimie jmenoaprijmeni nometprenom nomprenom cognomenome nomeecognome nombreyapellidos apellidosynombre ชื่อนามสกุล "
    "nomecompleto nombrecompleto nomcomplet adsoyad hoten who customerperson patient employee member фио 성명 フルネーム お名前 顧客名 الاسم "
    "fullname person 姓名 氏名 author authors",
    Role.CONTACT: "guardian parent mother father mum mom spouse husband wife emergency kin 监护人 父亲 母亲 家长 法定代表人 法人代表 contact contactname kontakt ansprechpartner director manager principal owner 联系人 聯絡人 联系人姓名",
    Role.COMPANY: "bedrijfsnaam bedrijf handelsnaam razaosocial nomefantasia denominacionsocial foretag foretagsnavn foretagsnamn cegnev firmaadi unvan организация компания предприятие 회사명 상호 업체명 企業名 法人名 店名 facility provider merchant lender supplier_name "
    "company companyname firm firma organisation organization org orgname business businessname account accountname "
    "customername client agency employer vendor supplier societe empresa raisonsociale ragionesociale razonsocial unternehmen "
    "applicant applicantname assignee club hotel restaurant school hospital bank "
    "公司 公司名称 公司名 企业名称 单位 单位名称 单位名 客户 客户名称 客户名 客戶名稱 供应商 供应商名称 机构名称 名称 名稱 会社名 商号",
    Role.NAME: "musteriadi musteriismi nombrecliente nomecliente nomclient adi customer customers clientname kunde kundenname klient klantnaam klant cliente musteri asiakas nimi nama shimei "
    "nazwa nev nazev navn namn naziv ten наименование название "
    "name names nom naam site bezeichnung denominazione",
    Role.BIRTH: "nato natoil natail neele nele naiss nasc datanasc fnac fecnac fechanac brth syntyma syntymaaika lahir tanggallahir tgllahir datumrodjenja วันเกิด 생일 "
    "dataurodzenia fodelsedatum fodselsdato szuletes datumnarozeni dogumtarihi ngaysinh датарождения 생년월일 تاريخالميلاد dateofincorporation "
    "dob birth birthdate birthday born dateofbirth geburtsdatum geburtstag geboren geb datenaissance naissance "
    "fechanacimiento nacimiento nascita datanascita geboortedatum gebdat bdate 生日 出生日期 出生 出生年月 生年月日 founded foundedon "
    "incorporated established 成立日期",
    Role.YEAR: "year by yob byear birthyear jahr annee ano geburtsjahr 年 出生年 yr",
    Role.MONTH: "month bm mob bmonth birthmonth monat mois mes 月 出生月",
    Role.DAY: "day bd bday birthday tag jour dia 日 出生日",
    Role.PHONE: "tfno phn switchboard hotline whatsapp landline telefony puhelin puhelinnumero nohp notelp contactno contactnumber fono dtdd τηλεφωνο טלפון נייד "
    "telf جوال الجوال موبايل rufnr zentrale telefonzentrale rufnummer telefonnummer telefonnr telnr tlf telefoon telefoonnummer numerotelefono numerodetelephone portable fijo movil celular cellulare gsm dienthoai sdt тел телефон 전화 전화번호 휴대폰 연락처 電話番号 携帯電話 携帯番号 هاتف الهاتف "
    "phone phones telephone tel telefon telefono telefone telephonenumber phonenumber mobile mobil mobilephone cell "
    "cellphone handy msisdn fon fax 电话 電話 手机 手机号 手机号码 联系电话 联系方式 固定电话 电话号码 座机 传真 携帯",
    Role.EMAIL: "epost mailadresse correoelectronico adresemail postaelettronica почта электроннаяпочта 이메일 メールアドレス البريدالإلكتروني "
    "email emails mail emailaddress courriel correo 邮箱 电子邮箱 邮件 电子邮件 电邮 メール",
    Role.STREET: "straatnaam residenza direc domicile osoite katuosoite adresa adrese alamat ulicainr διευθυνση כתובת "
    "stras add anschriftzeile straat gata gade vei ulice utca cim diachi sokak domicilio calleynumero logradouro voie hausanschrift wohnadresse адрес улица 주소 住所 所在地住所 العنوان "
    "street address addr address1 addr1 addressline line1 strasse str anschrift adresse adres rue calle via indirizzo "
    "direccion endereco morada road ulica 地址 详细地址 街道 住址 联系地址 注册地址 住所 通讯地址 address2 line2 addressfull",
    Role.HOUSE: "huisnr nrdomu kapino doorno "
    "huisnummer cislo "
    "streetnumber housenumber houseno hausnummer hausnr hnr numero civico streetno 门牌 门牌号",
    Role.POSTCODE: "pc kod postinumero kodpos kodepos postno รหัสไปรษณีย์ "
    "pstlz pin pcode postleitzahlen postnummer postnr kodpocztowy psc iranyitoszam codigo_postal postakodu индекс 우편번호 الرمزالبريدي "
    "zip zipcode postcode postal postalcode plz postleitzahl cp codepostal codigopostal cap cep pincode 邮编 邮政编码 郵遞區號 郵便番号",
    Role.CITY: "comune wpl plaatsnaam local localita ilce il kaupunki postitoimipaikka paikkakunta miestas pilseta mjesto kota hometown จังหวัด πολη עיר "
    "poblacion localidad municipio bairro woonplaats miasto miejscowosc mesto varos sehir kommune postort suburb_city thanhpho город 도시 시군구 市区町村 المدينة localite "
    "city town suburb locality place municipality village district county ort stadt wohnort ville commune ciudad citta "
    "cidade plaats gemeente birthplace placeofbirth pob geburtsort neighborhood neighbourhood postfake 城市 市 区 区县 县 地区 所在地",
    Role.IDENTIFIER: "tckn tckimlikno vkn cmnd cccd codfiscale doc documento dokument nik ktp npwp เลขบัตรประชาชน 사업자번호 oib jmbg emso hetu ytunnus ico dic rodnecislo cnp cui egn afm gln abn acn tfn sin gstin gst edrpou rut ruc cedula asin barcode strichcode codebarre codigobarras "
    "emirates aadhaar citizen pan stceg stcd هوية الهوية iqama cif nif dni_nif steuernummer steuernr ustidnr ustnr handelsregister hrb partitaiva piva codicefiscale nip pesel regon orgnr organisationsnummer personnummer cvr kvknummer btw btwnummer bsn vergino инн огрн снилс 사업자등록번호 주민등록번호 法人番号 マイナンバー taxcode vatno cuil "
    "ssn socsec socialsecurity tax taxid taxnumber taxno vat vatid vatnumber ustid uid passport license licence "
    "drivers driverslicense nationalid nin nhs nino cpf cnpj rfc curp dni nie cuit siren siret kvk ein duns lei uscc "
    "identifier iban isin isbn issn doi upc ean gtin modelno modelnumber mpn partnumber registration regno registrationnumber "
    "aba swift bic 身份证 身份证号 身份证号码 证件号 证件号码 统一社会信用代码 信用代码 税号 纳税人识别号 组织机构代码 护照 护照号 营业执照 工商注册号",
    Role.PRICE: "vk uvp msrp rrp unitprice retailprice "
    "length duration runtime laufzeit dauer duree 时长 时间长度 age alter edad idade eta leeftijd 年齢 나이 возраст 年龄 abv weight pages volume 値段 価格 цена "
    "price listprice preis prix precio prezzo cost amountdue 价格 单价",
    Role.TEXT: "artikelbezeichnung produktname produkt produit producto prodotto urun urunadi item itemname designation 品名 商品名 标题 товар "
    "description desc beschreibung occupation profession job jobtitle beruf product productname model artikel album song title titel titulo titre titolo artist band interpret "
    "beer style venue booktitle publisher 描述 说明 产品 产品名称 商品 商品名称 职业",
    Role.VARIANT: "farbe color colour couleur colore kleur kolor cor farve farg renk 颜色 색상 カラー size groesse grosse taille talla tamano taglia maat rozmiar beden 尺码 尺寸 规格 サイズ variant variante material flavour flavor sorte packsize",
    Role.CATEGORY: "geslacht plec kon kjonn cinsiyet sexe_genre ulke kraj land_code estado provincie пол страна 성별 性別区分 国籍 race ethnicity maritalstatus "
    "gender sex geschlecht sexe sexo genre state province bundesland region provincia staat brand manufacturer marke "
    "maker country land pays pais nationality 性别 性別 省 省份 国家 品牌 民族 salutation type",
    Role.SOURCE: "source datasource sourcesystem sourcename origin herkunft quelle 来源 系统 源系统",
    Role.IGNORED: "arrival departure checkin checkout anreise abreise ankunft llegada salida arrivo partenza arrivee visit appointment termin admission discharge stay nights room adults children zimmer lifecycle stage lead linkedin "
    "erdat ernam aedat registered cadastro registration_date loaded loadedat imported importedat extracted inserted insertedat lastupdate lastlogin checksum hash rownumber batch batchid vip flag active optin newsletter consent registered_at "
    "created createdat updated updatedat modified changed since timestamp status amount balance credit limit currency "
    "order orders date valid expires expiry category website url web homepage note notes comment comments remark score rating "
    "language population latitude longitude lat lon lng phone_type 备注 状态 创建时间 更新时间 修改时间 日期 余额 金额 币种 类型 等级",
    Role.KEY: "id ids key keys uid guid uuid rowid recid recordid index idx nr no number num code cluster clusters clusterid entity entityid "
    "entid ent label labels group truth gold golden match matchid pair duplicate dup fold 编号 编码 客户编号 客户编码 序号 代码 主键 内码",
}
_BY_WORD: dict[str, Role] = {word: role for role, words in _WORDS.items() for word in words.split()}
_BORN = r"(?:^|_)(?:dob|birth|brth|geburts?|geb|naissance|nascita|nacimiento)"
_STRONG = (
    (
        Role.IGNORED,
        r"(?:contact|account|lead|deal|record|opportunity)_owner|sales_?(?:rep|person)|account_manager|_by$",
    ),
    (Role.EMAIL, r"e_?mail|邮箱|邮件"),
    (Role.YEAR, _BORN + r"_(?:y|yr|year|jahr|annee|anno|ano)$"),
    (Role.MONTH, _BORN + r"_(?:m|mo|month|monat|mois|mese|mes)$"),
    (Role.DAY, _BORN + r"_(?:d|day|tag|jour|giorno|dia)$"),
    (
        Role.IDENTIFIER,
        r"soc_?sec|(?:^|_)ssn|tax_?(?:id|no|num)|vat_?|passport|licen[sc]e|national_?id|信用代码|身份证|税号|护照",
    ),
    (Role.POSTCODE, r"post_?code|postal|zip|plz|邮编|邮政编码"),
    (Role.PHONE, r"phone|telef|mobil|rufnummer|电话|電話|手机|전화|연락처|телефон|โทร|มือถือ"),
    (
        Role.BIRTH,
        r"birth_?(?:date|day$)|date_of_birth|geb(?:urts)?_?dat|naissance|nacimiento|出生|生日|생년월일|생일|วันเกิด",
    ),
    (Role.CITY, r"birth_?place|place_of_birth"),
    (Role.HOUSE, r"(?:street|house)_?(?:number|no|nr|num)\b|haus_?n"),
    (Role.COMPANY, r"公司|企业|单位名|客户名|客戶名|供应商|name_?org|org_?name|company|business_?name"),
    (Role.PERSON, r"(?:full|native|person|contact)_?name|name_?full|first_and_(?:sur|last)|姓名|氏名|성명|이름"),
    (Role.NAME, r"고객명|거래처명"),
    (Role.GIVEN, r"(?:first|given|fore)_?name|name_?(?:first|given)|^fname|vorname|prenom"),
    (Role.FAMILY, r"(?:last|family|sur)_?name|name_?(?:last|family|sur)|^lname|nachname|apellido"),
    (Role.MIDDLE, r"mid(?:dle|l)?_?name|name_?middle"),
    (Role.SUFFIX, r"name_?suf|suffix"),
    (Role.STREET, r"addr(?:ess)?_?(?:line|full|\d)|street_?(?:name|address)|地址|주소|ที่อยู่|strasse|straße"),
)
_AND = frozenset(["and", "und", "et", "y", "e", "i", "a", "og", "och", "en", "si", "и"])
_KEY = r"(?:^|_)(?:id|uid|key|cluster|entity|label|group)s?$|_id_|编号|编码"
_SAYS_LITTLE = (
    "by bm bd mi cp ad cim ln cep kod il pc doc adi "
    "customer customers kunde klient klant cliente musteri guest item ten local lead stage sin ico dic"
)
_ALONE = frozenset(_SAYS_LITTLE.split())
"""Words that say something only when there is no other."""


def words_of_name(column: str) -> list[str]:
    """The words of a column name: `fname_c1` -> fname, c; `DateOfBirth` -> date, of, birth."""
    # Only Latin letters lose their accents: a kana or a Hangul syllable without its marks is another one.
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", column))
    name = unicodedata.normalize("NFC", re.sub(r"[\u0300-\u036f]", "", letters)).replace("ß", "ss")
    name = name.replace("ø", "o").replace("ł", "l").replace("ı", "i").replace("đ", "d").replace("Đ", "D")
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold()
    return [word for word in re.split(r"[^a-z\u0400-\uffff]+", name) if word]


def role_of(column: str) -> Role:
    """What the name of a column says it is."""
    words = words_of_name(column)
    joined = "_".join(words)
    glued = "".join(words)
    if joined.endswith("_type") or (joined.endswith(("_country", "_state")) and words[0] not in ("addr", "address")):
        return Role.IGNORED
    strong = [role for role, pattern in _STRONG if re.search(pattern, joined)]
    said = {*strong, *(_BY_WORD[word] for word in words if word in _BY_WORD and word not in _ALONE)}
    if {Role.GIVEN, Role.FAMILY} <= said or ({Role.GIVEN, Role.FAMILY} & said and _AND.intersection(words[1:-1])):
        return Role.PERSON
    if strong:
        return strong[0]
    if glued in _BY_WORD:
        return _BY_WORD[glued]
    roles = [_BY_WORD[word] for word in words if word in _BY_WORD and word not in _ALONE]
    if re.search(_KEY, joined) and Role.IDENTIFIER not in roles:
        return Role.KEY
    for role in roles:
        if role in (Role.IGNORED, Role.SOURCE, Role.KEY):
            return role
    # `addr_city` is a city, `site_phone` a phone: the general word only says of what.
    general = (Role.STREET, Role.COMPANY, Role.CONTACT, Role.NAME)
    return next((role for role in roles if role not in general), roles[0] if roles else Role.UNKNOWN)
