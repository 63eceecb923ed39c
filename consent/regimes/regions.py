"""Where each regime holds: countries (ISO 3166-1) and, where a law is a state's own, subdivisions (ISO 3166-2).

A row: code, regime, the law, the authority to complain to with its address, and from which age a person answers alone
(GDPR Art. 8 and the like) with its source. None: the law names no age of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .table import (
    BRAZIL,
    CALIFORNIA,
    CANADA,
    EU,
    MEXICO,
    NOTICE,
    OPT_IN,
    QUEBEC,
    SWITZERLAND,
    UK,
    US_OPT_OUT,
    US_SIGNAL,
    Regime,
)


@dataclass(frozen=True, slots=True)
class Region:
    """One row of the table."""

    code: str
    regime: Regime
    law: str
    authority: str  # its name in its own language; "" where there is none
    url: str
    age: int | None = None
    age_source: str = ""


GDPR8 = "GDPR 8(1)"
COPPA = "COPPA, 16 CFR 312.2"

_ROWS = (
    # European Union
    Region("AT", EU, "GDPR; TKG 2021 §165(3)", "Datenschutzbehörde", "https://dsb.gv.at/", 14, "DSG §4(4)"),
    Region("BE", EU, "GDPR; Loi du 30 juillet 2018, art. 10/2", "Autorité de protection des données / Gegevensbeschermingsautoriteit", "https://www.dataprotectionauthority.be/", 13, "Loi du 30 juillet 2018, art. 7"),
    Region("BG", EU, "GDPR; ZEU", "Комисия за защита на личните данни", "https://cpdp.bg/", 14, "ZZLD art. 25c"),
    Region("HR", EU, "GDPR; ZEK", "Agencija za zaštitu osobnih podataka", "https://azop.hr/", 16, GDPR8),
    Region("CY", EU, "GDPR; Law 112(I)/2004", "Γραφείο Επιτρόπου Προστασίας Δεδομένων Προσωπικού Χαρακτήρα", "https://www.dataprotection.gov.cy/", 14, "Law 125(I)/2018 §8"),
    Region("CZ", EU, "GDPR; Act 127/2005 §89(3)", "Úřad pro ochranu osobních údajů", "https://uoou.gov.cz/", 15, "Act 110/2019 §7"),
    Region("DK", EU, "GDPR; Cookiebekendtgørelsen", "Datatilsynet", "https://www.datatilsynet.dk/", 15, "Databeskyttelsesloven §6"),
    Region("EE", EU, "GDPR; ESS", "Andmekaitse Inspektsioon", "https://www.aki.ee/", 13, "IKS §8"),
    Region("FI", EU, "GDPR; SVPL 205 §", "Tietosuojavaltuutetun toimisto", "https://tietosuoja.fi/", 13, "Tietosuojalaki 5 §"),
    Region("FR", EU, "GDPR; Loi Informatique et Libertés, art. 82", "CNIL", "https://www.cnil.fr/", 15, "Loi Informatique et Libertés, art. 45"),
    Region("DE", EU, "GDPR; TDDDG §25", "Die Datenschutzaufsichtsbehörden der Länder und die BfDI", "https://www.bfdi.bund.de/", 16, GDPR8),
    Region("GR", EU, "GDPR; Law 3471/2006 art. 4(5)", "Αρχή Προστασίας Δεδομένων Προσωπικού Χαρακτήρα", "https://www.dpa.gr/", 15, "Law 4624/2019 art. 21"),
    Region("HU", EU, "GDPR; Eht. 155. §", "Nemzeti Adatvédelmi és Információszabadság Hatóság", "https://www.naih.hu/", 16, GDPR8),
    Region("IE", EU, "GDPR; S.I. 336/2011 reg. 5", "Data Protection Commission", "https://www.dataprotection.ie/", 16, "Data Protection Act 2018 s.31"),
    Region("IT", EU, "GDPR; Codice privacy, art. 122", "Garante per la protezione dei dati personali", "https://www.garanteprivacy.it/", 14, "Codice privacy, art. 2-quinquies"),
    Region("LV", EU, "GDPR; ISPL", "Datu valsts inspekcija", "https://www.dvi.gov.lv/", 13, "FPDAL 33"),
    Region("LT", EU, "GDPR; ERĮ", "Valstybinė duomenų apsaugos inspekcija", "https://vdai.lrv.lt/", 14, "ADTAĮ 6"),
    Region("LU", EU, "GDPR; Loi du 30 mai 2005, art. 4", "CNPD", "https://cnpd.public.lu/", 16, GDPR8),
    Region("MT", EU, "GDPR; S.L. 586.01", "Information and Data Protection Commissioner", "https://idpc.org.mt/", 13, "S.L. 586.11"),
    Region("NL", EU, "GDPR; Telecommunicatiewet 11.7a", "Autoriteit Persoonsgegevens", "https://autoriteitpersoonsgegevens.nl/", 16, "UAVG art. 5"),
    Region("PL", EU, "GDPR; Prawo komunikacji elektronicznej art. 399", "Urząd Ochrony Danych Osobowych", "https://uodo.gov.pl/", 16, GDPR8),
    Region("PT", EU, "GDPR; Lei 41/2004, art. 5", "CNPD", "https://www.cnpd.pt/", 13, "Lei 58/2019, art. 16"),
    Region("RO", EU, "GDPR; Legea 506/2004, art. 4", "ANSPDCP", "https://www.dataprotection.ro/", 16, GDPR8),
    Region("SK", EU, "GDPR; Act 452/2021 §109", "Úrad na ochranu osobných údajov", "https://dataprotection.gov.sk/", 16, "Act 18/2018 §15"),
    Region("SI", EU, "GDPR; ZEKom-2 225", "Informacijski pooblaščenec", "https://www.ip-rs.si/", 15, "ZVOP-2 art. 8"),
    Region("ES", EU, "GDPR; LSSI art. 22.2", "Agencia Española de Protección de Datos", "https://www.aepd.es/", 14, "LOPDGDD art. 7"),
    Region("SE", EU, "GDPR; LEK 9 kap. 28 §", "Integritetsskyddsmyndigheten", "https://www.imy.se/", 13, "Lag 2018:218, 2 kap. 4 §"),
    # European Economic Area, and parts of member states with codes of their own
    Region("IS", EU, "GDPR in the EEA", "Persónuvernd", "https://www.personuvernd.is/", 13, "Act 90/2018 art. 10"),
    Region("LI", EU, "GDPR in the EEA", "Datenschutzstelle", "https://www.datenschutzstelle.li/", 16, GDPR8),
    Region("NO", EU, "GDPR in the EEA; ekomloven §3-15", "Datatilsynet", "https://www.datatilsynet.no/", 13, "Personopplysningsloven §5"),
    *(Region(code, EU, "as France", "CNIL", "https://www.cnil.fr/", 15, "Loi Informatique et Libertés, art. 45") for code in ("GF", "GP", "MF", "MQ", "RE", "YT")),
    Region("AX", EU, "as Finland", "Datainspektionen", "https://www.di.ax/", 13, "Tietosuojalaki 5 §"),
    # other European countries
    Region("GB", UK, UK.source, "Information Commissioner’s Office", "https://ico.org.uk/make-a-complaint/", 13, "Data Protection Act 2018 s.9"),
    Region("CH", SWITZERLAND, SWITZERLAND.source, "EDÖB / PFPDT / IFPDT", "https://www.edoeb.admin.ch/"),
    Region("RS", OPT_IN, "ZZPL 15, 16", "Повереник", "https://www.poverenik.rs/", 15, "ZZPL 16"),
    Region("UA", OPT_IN, "Law 2297-VI art. 6, 11", "Уповноважений Верховної Ради України з прав людини", "https://ombudsman.gov.ua/"),
    Region("TR", OPT_IN, "KVKK 5; Çerez Uygulamaları Hakkında Rehber (2022)", "Kişisel Verileri Koruma Kurumu", "https://www.kvkk.gov.tr/"),
    Region("AL", OPT_IN, "Law 124/2024", "Komisioneri për të Drejtën e Informimit dhe Mbrojtjen e të Dhënave Personale", "https://www.idp.al/"),
    Region("MK", OPT_IN, "Law on Personal Data Protection 42/2020", "Агенција за заштита на личните податоци", "https://azlp.mk/", 14, "Law 42/2020 art. 12"),
    Region("GE", OPT_IN, "Law 3144 (2023)", "Personal Data Protection Service", "https://pdps.ge/", 16, "Law 3144 art. 7"),
    Region("AM", OPT_IN, "Law HO-49-N art. 8, 9", "Անձնական տվյալների պաշտպանության գործակալություն", "https://www.moj.am/"),
    Region("RU", OPT_IN, "152-FZ 6, 9", "Роскомнадзор", "https://rkn.gov.ru/"),
    # the Americas
    Region("BR", BRAZIL, BRAZIL.source, "ANPD", "https://www.gov.br/anpd/", 12, "LGPD 14 §1; ECA 2"),
    Region("CA", CANADA, CANADA.source, "Office of the Privacy Commissioner of Canada", "https://www.priv.gc.ca/", 13, "OPC, Guidelines for obtaining meaningful consent"),
    Region("CA-QC", QUEBEC, QUEBEC.source, "Commission d’accès à l’information", "https://www.cai.gouv.qc.ca/", 14, "Law 25 §4.1"),
    Region("MX", MEXICO, MEXICO.source, "Secretaría Anticorrupción y Buen Gobierno", "https://www.gob.mx/buengobierno"),
    Region("AR", OPT_IN, "Ley 25.326, art. 5", "Agencia de Acceso a la Información Pública", "https://www.argentina.gob.ar/aaip"),
    Region("CL", OPT_IN, "Ley 21.719, art. 12", "Agencia de Protección de Datos Personales", "https://www.bcn.cl/leychile/navegar?idNorma=1209272", 14, "Ley 21.719, art. 16 quáter"),
    Region("CO", OPT_IN, "Ley 1581 de 2012, art. 9", "Superintendencia de Industria y Comercio", "https://www.sic.gov.co/"),
    Region("PE", OPT_IN, "Ley 29733, art. 13", "Autoridad Nacional de Protección de Datos Personales", "https://www.gob.pe/anpd", 14, "D.S. 016-2024-JUS"),
    Region("UY", OPT_IN, "Ley 18.331, art. 9", "Unidad Reguladora y de Control de Datos Personales", "https://www.gub.uy/unidad-reguladora-control-datos-personales/"),
    # the United States: of a visitor whose state is unknown the strictest of them is taken
    Region("US", CALIFORNIA, "as California: the state is unknown", "Federal Trade Commission", "https://reportfraud.ftc.gov/", 16, "CCPA 1798.120(c)"),
    Region("US-CA", CALIFORNIA, CALIFORNIA.source, "California Privacy Protection Agency", "https://cppa.ca.gov/", 16, "CCPA 1798.120(c)"),
    *(
        Region(f"US-{state}", US_SIGNAL, law, "Attorney General", url, 13, COPPA)
        for state, law, url in (
            ("CO", "Colorado Privacy Act 6-1-1306", "https://coag.gov/"),
            ("CT", "CTDPA 42-518, 42-520", "https://portal.ct.gov/ag"),
            ("DE", "Delaware Personal Data Privacy Act 12D-104, 12D-106", "https://attorneygeneral.delaware.gov/"),
            ("MD", "Maryland Online Data Privacy Act 14-4605, 14-4607", "https://www.marylandattorneygeneral.gov/"),
            ("MN", "Minnesota Consumer Data Privacy Act 325M.14, 325M.16", "https://www.ag.state.mn.us/"),
            ("MT", "Montana Consumer Data Privacy Act 30-14-2808, 30-14-2812", "https://dojmt.gov/"),
            ("NE", "Nebraska Data Privacy Act 87-1107, 87-1112", "https://ago.nebraska.gov/"),
            ("NH", "RSA 507-H:4, 507-H:6", "https://www.doj.nh.gov/"),
            ("NJ", "N.J.S.A. 56:8-166.8, 56:8-166.11", "https://www.njoag.gov/"),
            ("OR", "ORS 646A.574, 646A.578", "https://www.doj.state.or.us/"),
            ("TX", "TDPSA 541.051, 541.055(e)", "https://www.texasattorneygeneral.gov/"),
        )
    ),
    *(
        Region(f"US-{state}", US_OPT_OUT, law, "Attorney General", url, 13, COPPA)
        for state, law, url in (
            ("IA", "Iowa Code 715D.3, 715D.4", "https://www.iowaattorneygeneral.gov/"),
            ("IN", "IC 24-15-3-1", "https://www.in.gov/attorneygeneral/"),
            ("FL", "Florida Digital Bill of Rights 501.705", "https://www.myfloridalegal.com/"),
            ("KY", "KRS 367.3615", "https://www.ag.ky.gov/"),
            ("NV", "NRS 603A.345", "https://ag.nv.gov/"),
            ("RI", "RIGL 6-48.1-5", "https://riag.ri.gov/"),
            ("TN", "TIPA 47-18-3304", "https://www.tn.gov/attorneygeneral.html"),
            ("UT", "UCPA 13-61-201, 13-61-302", "https://attorneygeneral.utah.gov/"),
            ("VA", "VCDPA 59.1-577", "https://www.oag.state.va.us/"),
        )
    ),
    *(
        Region(f"US-{state}", NOTICE, "FTC Act §5; no general privacy law of the state’s own", "Federal Trade Commission", "https://reportfraud.ftc.gov/", 13, COPPA)
        for state in (
            "AK", "AL", "AR", "AZ", "DC", "GA", "HI", "ID", "IL", "KS", "LA", "MA", "ME", "MI", "MO", "MS", "NC", "ND",
            "NM", "NY", "OH", "OK", "PA", "SC", "SD", "VT", "WA", "WI", "WV", "WY",
        )
    ),
    # Asia, Africa, Oceania
    Region("AE", OPT_IN, "Federal Decree-Law 45/2021 art. 6", "UAE Data Office", "https://u.ae/"),
    Region("AU", NOTICE, "Privacy Act 1988, APP 5", "Office of the Australian Information Commissioner", "https://www.oaic.gov.au/"),
    Region("CN", OPT_IN, "PIPL 13, 14, 17", "国家互联网信息办公室", "https://www.cac.gov.cn/", 14, "PIPL 31"),
    Region("HK", NOTICE, "PDPO DPP 1(3)", "個人資料私隱專員公署", "https://www.pcpd.org.hk/"),
    Region("ID", OPT_IN, "UU 27/2022 art. 20, 22", "Kementerian Komunikasi dan Digital", "https://www.komdigi.go.id/"),
    Region("IN", OPT_IN, "DPDP Act 2023 §§5, 6", "Data Protection Board of India", "https://www.meity.gov.in/", 18, "DPDP Act 2023 §§2(f), 9"),
    Region("JP", NOTICE, "Telecommunications Business Act 27-12; APPI 21, 31", "個人情報保護委員会", "https://www.ppc.go.jp/"),
    Region("KE", OPT_IN, "Data Protection Act 2019 §§30, 32", "Office of the Data Protection Commissioner", "https://www.odpc.go.ke/", 18, "Data Protection Act 2019 §33"),
    Region("KR", OPT_IN, "PIPA 15, 22", "개인정보보호위원회", "https://www.pipc.go.kr/", 14, "PIPA 22-2"),
    Region("MY", OPT_IN, "PDPA 2010 s.6", "Jabatan Perlindungan Data Peribadi", "https://www.pdp.gov.my/", 18, "PDP Regulations 2013 reg. 3"),
    Region("NG", OPT_IN, "NDPA 2023 ss.25, 26", "Nigeria Data Protection Commission", "https://ndpc.gov.ng/", 18, "NDPA 2023 s.31"),
    Region("NZ", NOTICE, "Privacy Act 2020, IPP 3", "Te Mana Mātāpono Matatapu / Privacy Commissioner", "https://www.privacy.org.nz/"),
    Region("PH", OPT_IN, "Data Privacy Act 2012 s.12", "National Privacy Commission", "https://privacy.gov.ph/", 18, "Data Privacy Act 2012; RA 9344"),
    Region("SA", OPT_IN, "PDPL 5, 6", "SDAIA", "https://sdaia.gov.sa/"),
    Region("SG", NOTICE, "PDPA 2012 ss.15A, 20", "Personal Data Protection Commission", "https://www.pdpc.gov.sg/", 13, "PDPC Advisory Guidelines on Children’s Personal Data (2024)"),
    Region("TH", OPT_IN, "PDPA B.E. 2562 s.19", "สำนักงานคณะกรรมการคุ้มครองข้อมูลส่วนบุคคล", "https://www.pdpc.or.th/", 10, "PDPA B.E. 2562 s.20"),
    Region("VN", OPT_IN, "Luật 91/2025/QH15 art. 9", "Bộ Công an", "https://bocongan.gov.vn/", 7, "Luật 91/2025/QH15 art. 24"),
    Region("ZA", OPT_IN, "POPIA 11, 69", "Information Regulator", "https://inforegulator.org.za/", 18, "POPIA 34, 35"),
)  # fmt: skip

REGIONS = {row.code: row for row in _ROWS}
_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?\Z")


def region(code: str | None) -> Region | None:
    """The row of a region, of its country where the subdivision has none of its own, or None. In capitals or not."""
    if not code or len(code) > 6 or not _CODE.match(tag := code.upper()):
        return None
    return REGIONS.get(tag) or REGIONS.get(tag[:2])


def for_region(code: str | None) -> Regime:
    """The regime of a region (ISO 3166-2), the strictest for None and for every region that is not in the table."""
    row = region(code)
    return row.regime if row else OPT_IN
