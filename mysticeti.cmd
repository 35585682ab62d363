@echo off
rem Builds what is needed and runs the command-line tool with the same arguments, in the caller's directory.
rem   mysticeti COMMAND ...     see mysticeti --help
rem   mysticeti build [ARG ..]  builds everything
rem   mysticeti test [ARG ..]   builds everything and runs every test
setlocal
set "ROOT=%~dp0"
set "LOG=%ROOT%artifacts\launcher\log"
set DOTNET_NOLOGO=1
set DOTNET_CLI_UI_LANGUAGE=en

where dotnet >nul 2>nul
if errorlevel 1 (
  echo mysticeti: the .NET SDK 10 is missing: install it from https://dotnet.microsoft.com/download 1>&2
  exit /b 2
)
if not exist "%ROOT%artifacts\launcher" mkdir "%ROOT%artifacts\launcher"

call :restore
if errorlevel 1 exit /b 1

if /i "%~1"=="build" goto build
if /i "%~1"=="test" goto test

call :build_solution "-t:runner\Mysticeti_Runner;node\validator\Mysticeti_Validator"
if errorlevel 1 exit /b 1
"%ROOT%runner\bin\Release\net10.0\mysticeti.exe" %*
exit /b %ERRORLEVEL%

:build
call :build_solution
exit /b %ERRORLEVEL%

:test
call :build_solution
if errorlevel 1 exit /b 1
set "FILTER="
:arguments
shift
if "%~1"=="" goto run_tests
set FILTER=%FILTER% %1
goto arguments
:run_tests
pushd "%ROOT%"
dotnet test --solution Mysticeti.sln --no-build -c Release --max-parallel-test-modules 1%FILTER%
set CODE=%ERRORLEVEL%
popd
exit /b %CODE%

rem A full feed is tried first; without the packages that some feeds lack, the build goes on without what needs them.
:restore
if exist "%ROOT%Directory.Feed.props" exit /b 0
dotnet restore "%ROOT%Mysticeti.sln" -v quiet -p:FeedHint=false >"%LOG%" 2>&1
if not errorlevel 1 exit /b 0
findstr /r "NU1101:.*Pulumi NU1102:.*Pulumi NU1103:.*Pulumi NU1101:.*ediri.Vultr NU1101:.*SSH.NET" "%LOG%" >nul
if errorlevel 1 (
  type "%LOG%" 1>&2
  echo mysticeti: the restore of packages failed 1>&2
  exit /b 1
)
echo mysticeti: this package feed lacks Pulumi packages or SSH.NET: the Pulumi layer (infra^) and the SSH.NET transport are left out 1>&2
>"%ROOT%Directory.Feed.props" echo ^<Project^>^<PropertyGroup^>^<LimitedFeed^>true^</LimitedFeed^>^</PropertyGroup^>^</Project^>
exit /b 0

:build_solution
dotnet build "%ROOT%Mysticeti.sln" -c Release -v quiet %* >"%LOG%" 2>&1
if not errorlevel 1 exit /b 0
type "%LOG%" 1>&2
echo mysticeti: the build failed 1>&2
exit /b 1
