"""A small catalogue of its own, so that these tests do not hang on what the matrices say."""

from pathlib import Path

_FILES = {
    "permissions.csv": """\
module,permission,listed,customize,aliases
Companies,Company Maintenance,complete,,
Service Desk,Service Tickets,complete,,
Finance,Agreements,complete,,
System,Table Setup,complete,SystemTableSetup,
System,Security Roles,complete,,
""",
    "sources.csv": "id,title,url\ninference,Made up for the tests,\n",
    "kinds.csv": """\
kind,verb,writes,why
list,Inquire,no,reads
get,Inquire,no,reads
count,Inquire,no,reads
info,Inquire,no,reads
search,Inquire,no,reads
create,Add,yes,adds
update,Edit,yes,changes
replace,Edit,yes,changes
delete,Delete,yes,removes
process,,yes,the rule says
copy,Add,yes,adds
""",
    "operations.csv": """\
method,path,kind,versions,body,required,returns
GET,/company/companies,list,,,,Array<Company>
POST,/company/companies,create,,Company,identifier name,Company
GET,/company/companies/count,count,,,,Count
GET,/company/companies/{id},get,,,,Company
DELETE,/company/companies/{id},delete,,,,NoContentResponse
GET,/company/companies/{parentId}/notes,list,,,,Array<CompanyNote>
POST,/company/companies/{parentId}/notes,create,,CompanyNote,text,CompanyNote
GET,/company/contacts,list,,,,Array<Contact>
POST,/company/contacts,create,,Contact,,Contact
GET,/service/boards,list,,,,Array<Board>
GET,/service/boards/{id}/info,info,,,,BoardInfo
GET,/service/info/boards,info,,,,Array<BoardInfo>
GET,/service/tickets,list,,,,Array<Ticket>
POST,/service/tickets,create,,Ticket,summary company,Ticket
POST,/service/tickets/search,search,,FilterValues,,Array<Ticket>
GET,/service/tickets/count,count,,,,Count
GET,/service/tickets/{id},get,,,,Ticket
PUT,/service/tickets/{id},replace,,Ticket,summary company,Ticket
PATCH,/service/tickets/{id},update,,[]PatchOperation,,Ticket
DELETE,/service/tickets/{id},delete,,,,NoContentResponse
GET,/service/tickets/{parentId}/notes,list,,,,Array<TicketNote>
POST,/service/tickets/{parentId}/merge,process,,TicketMerge,mergeTicketIds,SuccessResponse
POST,/service/tickets/{parentId}/convert,process,,,,NoContentResponse
DELETE,/service/tickets/bulk,delete,,,,BulkResult
POST,/finance/agreements/types{id}/copy,copy,,,,AgreementType
GET,/system/info,info,,,,Info
GET,/service/boards/{parentId}/statuses,list,,,,Array<BoardStatus>
GET,/system/members,list,,,,Array<Member>
GET,/system/members/{id},get,,,,Member
GET,/system/members/{memberIdentifier},get,,,,Member
POST,/system/members/{memberIdentifier}/tokens,process,,,,Token
GET,/system/myAccount/{id},get,,,,MyAccount
GET,/system/myMembers,get,,,,MyMember
GET,/system/myMembers/info,info,,,,MyMemberInfo
GET,/system/mySecurity,list,,,,Array<MySecurity>
GET,/system/mySecurity/customizeItems/,list,,,,Array<MySecurityCustomizeItem>
GET,/system/securityroles,list,,,,Array<SecurityRole>
GET,/system/securityRoles/{parentId}/settings,list,,,,Array<SecurityRoleSetting>
POST,/system/documents,create,,,,DocumentInfo
""",
    "bodies.csv": """\
body,field,required,type,max_length
Company,identifier,yes,string,30
Company,name,yes,string,50
Board,name,yes,string,50
Board,billTime,yes,string,
Board,workRole,yes,WorkRoleReference,
Contact,company,,CompanyReference,
Contact,types,,[]ContactTypeReference,
CompanyNote,text,yes,string,
Ticket,summary,yes,string,100
Ticket,company,yes,CompanyReference,
Ticket,board,,BoardReference,
Ticket,status,,ServiceStatusReference,
Ticket,contact,,ContactReference,
Ticket,owner,,MemberReference,
TicketMerge,mergeTicketIds,yes,[]integer,
""",
    "extras.csv": """\
method,path,module,permission,verb,level,table,condition,basis,source,why
POST,/service/tickets/{parentId}/convert,Finance,Agreements,Inquire,,,,inferred,inference,x
PATCH,/service/tickets/{id},Finance,Agreements,Inquire,,,when billed,inferred,inference,x
""",
    "rules/companies.csv": """\
method,path,permission,verb,level,table,basis,source,why
,/company,Company Maintenance,,,,inferred,inference,x
""",
    "rules/service-desk.csv": """\
method,path,permission,verb,level,table,basis,source,why
,/service/tickets,Service Tickets,,,,inferred,inference,x
,/service/tickets/{parentId}/merge,Service Tickets,Edit,,,inferred,inference,x
,/service/tickets/{parentId}/convert,Service Tickets,Edit,,,inferred,inference,x
""",
    "rules/finance.csv": """\
method,path,permission,verb,level,table,basis,source,why
,/finance,Agreements,,,,inferred,inference,x
""",
    "rules/system.csv": """\
method,path,permission,verb,level,table,basis,source,why
,/service/boards,Table Setup,,,Service / Service Board,inferred,inference,x
,/service/info,Table Setup,,,Service / Service Board,inferred,inference,x
,/system/securityroles,Security Roles,,,,inferred,inference,x
,/system/members,Security Roles,Inquire,,,inferred,inference,x
,/system/documents,Security Roles,,,,inferred,inference,x
,/system/myAccount,Security Roles,,,,inferred,inference,x
""",
    "tables.csv": "item,basis,source\n",
    "rules/none.csv": """\
method,path,permission,verb,level,table,basis,source,why
,/system/info,,,,,inferred,inference,anyone may ask
,/system/myMembers,,,,,inferred,inference,anyone may ask
,/system/mySecurity,,,,,inferred,inference,anyone may ask
""",
}


def write(directory: Path) -> None:
    """Write the small catalogue's files into the directory."""
    (directory / "rules").mkdir()
    for name, text in _FILES.items():
        (directory / name).write_text(text, encoding="utf-8")
